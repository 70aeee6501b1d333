# lib/vault
unit_tests += \
	tests/unit/test_vault \
	tests/unit/test_vault_lease \
	tests/unit/test_vault_login \
	tests/unit/test_vault_any \
	tests/unit/test_vault_object \
	tests/unit/test_vault_recorded \
	tests/unit/test_vault_request \
	tests/unit/test_vault_transit_key

tests_unit_test_vault_SOURCES = tests/unit/test_vault.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_LDADD = $(TEST_LDADD)

tests_unit_test_vault_lease_SOURCES = tests/unit/test_vault_lease.c tests/unit/test.h
tests_unit_test_vault_lease_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_lease_LDADD = $(TEST_LDADD)

tests_unit_test_vault_login_SOURCES = tests/unit/test_vault_login.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_login_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_login_LDADD = $(TEST_LDADD)

tests_unit_test_vault_object_SOURCES = tests/unit/test_vault_object.c tests/unit/request.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_object_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_object_LDADD = $(TEST_LDADD)

tests_unit_test_vault_request_SOURCES = tests/unit/test_vault_request.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_request_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_request_LDADD = $(TEST_LDADD)

tests_unit_test_vault_transit_key_SOURCES = tests/unit/test_vault_transit_key.c tests/unit/request.h tests/unit/test.h \
	tests/unit/inject.c
tests_unit_test_vault_transit_key_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_transit_key_LDADD = $(TEST_LDADD)

tests_unit_test_vault_recorded_SOURCES = tests/unit/test_vault_recorded.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_recorded_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_recorded_LDADD = $(TEST_LDADD) $(JSONC_LIBS)

tests_unit_test_vault_any_SOURCES = tests/unit/test_vault_any.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_any_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_any_LDADD = $(TEST_LDADD)

EXTRA_DIST += \
	tests/vectors/vault/extract.py \
	tests/vectors/vault/openbao-2.7.2.expected \
	tests/vectors/vault/openbao-2.7.2.ndjson \
	tests/vectors/vault/vault-1.14.2.expected \
	tests/vectors/vault/vault-1.14.2.ndjson

# sys, tokens, wrapping
unit_tests += tests/unit/test_vault_sys
tests_unit_test_vault_sys_SOURCES = tests/unit/test_vault_sys.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_sys_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_sys_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_vault_transit_batch
tests_unit_test_vault_transit_batch_SOURCES = tests/unit/test_vault_transit_batch.c tests/unit/fake_vault.c \
	tests/unit/fake_vault.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_transit_batch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_transit_batch_LDADD = $(TEST_LDADD)
# transform
unit_tests += tests/unit/test_vault_transform
tests_unit_test_vault_transform_SOURCES = tests/unit/test_vault_transform.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_vault_transform_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_transform_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_vault_transit_value
tests_unit_test_vault_transit_value_SOURCES = tests/unit/test_vault_transit_value.c tests/unit/request.h tests/unit/test.h \
	tests/unit/inject.c
tests_unit_test_vault_transit_value_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vault_transit_value_LDADD = $(TEST_LDADD)
