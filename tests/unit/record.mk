# lib/record, driven by an instant transport
unit_tests += tests/unit/test_record tests/unit/test_record_run

tests_unit_test_record_SOURCES = tests/unit/test_record.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_LDADD = $(TEST_LDADD)

tests_unit_test_record_run_SOURCES = tests/unit/test_record_run.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h
tests_unit_test_record_run_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_run_LDADD = $(TEST_LDADD)
