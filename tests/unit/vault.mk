# lib/vault
unit_tests += \
	tests/unit/test_vault \
	tests/unit/test_vault_object \
	tests/unit/test_vault_recorded \
	tests/unit/test_vault_request

tests_unit_test_vault_SOURCES = tests/unit/test_vault.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_LDADD = $(TEST_LDADD)

tests_unit_test_vault_object_SOURCES = tests/unit/test_vault_object.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_object_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_object_LDADD = $(TEST_LDADD)

tests_unit_test_vault_request_SOURCES = tests/unit/test_vault_request.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_request_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_request_LDADD = $(TEST_LDADD)

tests_unit_test_vault_recorded_SOURCES = tests/unit/test_vault_recorded.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_recorded_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_recorded_LDADD = $(TEST_LDADD) $(JSONC_LIBS)

EXTRA_DIST += \
	tests/vectors/vault/extract.py \
	tests/vectors/vault/openbao-2.7.2.expected \
	tests/vectors/vault/openbao-2.7.2.ndjson \
	tests/vectors/vault/vault-1.14.2.expected \
	tests/vectors/vault/vault-1.14.2.ndjson
