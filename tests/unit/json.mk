# lib/json
unit_tests += tests/unit/test_json_read

tests_unit_test_json_read_SOURCES = tests/unit/test_json_read.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_json_read_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_read_LDADD = $(TEST_LDADD)
