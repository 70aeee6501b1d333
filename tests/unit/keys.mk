# lib/keys
unit_tests += tests/unit/test_keys

tests_unit_test_keys_SOURCES = tests/unit/test_keys.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_keys_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_keys_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_keys_ring
tests_unit_test_keys_ring_SOURCES = tests/unit/test_keys_ring.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_keys_ring_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_keys_ring_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_keys_fetch
tests_unit_test_keys_fetch_SOURCES = tests/unit/test_keys_fetch.c tests/unit/fake_keys.c tests/unit/fake_keys.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_keys_fetch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_keys_fetch_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_keys_threads
tests_unit_test_keys_threads_SOURCES = tests/unit/test_keys_threads.c tests/unit/fake_keys.c tests/unit/fake_keys.h \
	tests/unit/test.h
tests_unit_test_keys_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_keys_threads_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_keys_policy
tests_unit_test_keys_policy_SOURCES = tests/unit/test_keys_policy.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_keys_policy_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_keys_policy_LDADD = $(TEST_LDADD)
unit_tests += tests/unit/test_keys_pair
tests_unit_test_keys_pair_SOURCES = tests/unit/test_keys_pair.c tests/unit/pairs.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_keys_pair_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_keys_pair_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_keys_jwk
tests_unit_test_keys_jwk_SOURCES = tests/unit/test_keys_jwk.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_keys_jwk_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_keys_jwk_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)
