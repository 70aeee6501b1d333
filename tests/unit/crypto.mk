# lib/crypto
unit_tests += tests/unit/test_crypto_fpe
tests_unit_test_crypto_fpe_SOURCES = tests/unit/test_crypto_fpe.c tests/vectors/crypto/fpe.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_fpe_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_fpe_LDADD = $(TEST_LDADD)
