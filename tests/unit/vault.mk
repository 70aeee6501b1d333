unit_tests += tests/unit/test_vault

tests_unit_test_vault_SOURCES = tests/unit/test_vault.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_LDADD = $(TEST_LDADD)
