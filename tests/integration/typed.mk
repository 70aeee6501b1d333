# the typed calls of the library: programs on the installed headers
check_PROGRAMS += tests/integration/typed tests/integration/typed_key
tests_integration_typed_SOURCES = tests/integration/typed.c tests/integration/typed.h
tests_integration_typed_LDADD = lib/libvaultcrypt.la
tests_integration_typed_key_SOURCES = tests/integration/typed_key.c tests/integration/typed.h
tests_integration_typed_key_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/typed.sh
EXTRA_DIST += tests/integration/typed.sh

check_PROGRAMS += tests/integration/typed_sys
tests_integration_typed_sys_SOURCES = tests/integration/typed_sys.c
tests_integration_typed_sys_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/typed_sys.sh
EXTRA_DIST += tests/integration/typed_sys.sh
check_PROGRAMS += tests/integration/typed_value
tests_integration_typed_value_SOURCES = tests/integration/typed_value.c tests/integration/typed.h
tests_integration_typed_value_LDADD = lib/libvaultcrypt.la
check_PROGRAMS += tests/integration/typed_batch
tests_integration_typed_batch_SOURCES = tests/integration/typed_batch.c tests/integration/typed.h
tests_integration_typed_batch_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/transit_examples.sh
EXTRA_DIST += tests/integration/transit_examples.sh

check_PROGRAMS += tests/integration/typed_transform
tests_integration_typed_transform_SOURCES = tests/integration/typed_transform.c
tests_integration_typed_transform_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/api_examples.sh
EXTRA_DIST += tests/integration/api_examples.sh


# HTTP/2, on a server with TLS
check_PROGRAMS += tests/integration/multiplex
tests_integration_multiplex_SOURCES = tests/integration/multiplex.c
tests_integration_multiplex_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/multiplex.sh
EXTRA_DIST += tests/integration/multiplex.sh

# data keys, which have no public calls of their own: on the library's inside
check_PROGRAMS += tests/integration/data_keys
tests_integration_data_keys_SOURCES = tests/integration/data_keys.c tests/integration/typed.h
tests_integration_data_keys_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_data_keys_LDADD = lib/libvc.la
TESTS += tests/integration/data_keys.sh
EXTRA_DIST += tests/integration/data_keys.sh

# private keys in Vault
check_PROGRAMS += tests/integration/pairs
tests_integration_pairs_SOURCES = tests/integration/pairs.c tests/integration/typed.h
tests_integration_pairs_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/pairs.sh
EXTRA_DIST += tests/integration/pairs.sh
