# lib/crypto
unit_tests += tests/unit/test_crypto_fpe tests/unit/test_crypto_aead tests/unit/test_crypto_hash \
	tests/unit/test_crypto_keypair tests/unit/test_crypto_oaep \
	tests/unit/test_crypto_pattern tests/unit/test_crypto_random tests/unit/test_crypto_segment tests/unit/test_crypto_siv \
	tests/unit/test_crypto_template tests/unit/test_crypto_wrap tests/unit/test_crypto_wycheproof

tests_unit_test_crypto_fpe_SOURCES = tests/unit/test_crypto_fpe.c tests/vectors/crypto/fpe.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_fpe_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_fpe_LDADD = $(TEST_LDADD)

tests_unit_test_crypto_aead_SOURCES = tests/unit/test_crypto_aead.c tests/vectors/crypto/aead.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_aead_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_aead_LDADD = $(TEST_LDADD)

tests_unit_test_crypto_hash_SOURCES = tests/unit/test_crypto_hash.c tests/vectors/crypto/hash.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_hash_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_hash_LDADD = $(TEST_LDADD)

tests_unit_test_crypto_random_SOURCES = tests/unit/test_crypto_random.c \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_random_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_random_LDADD = $(TEST_LDADD)

tests_unit_test_crypto_siv_SOURCES = tests/unit/test_crypto_siv.c tests/vectors/crypto/siv.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_siv_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_siv_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)

tests_unit_test_crypto_wycheproof_SOURCES = tests/unit/test_crypto_wycheproof.c \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_wycheproof_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_wycheproof_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)

tests_unit_test_crypto_template_SOURCES = tests/unit/test_crypto_template.c tests/unit/template.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_template_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_template_LDADD = $(TEST_LDADD)

tests_unit_test_crypto_pattern_SOURCES = tests/unit/test_crypto_pattern.c tests/unit/template.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_pattern_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_pattern_LDADD = $(TEST_LDADD)

tests_unit_test_crypto_wrap_SOURCES = tests/unit/test_crypto_wrap.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_wrap_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_wrap_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)

tests_unit_test_crypto_oaep_SOURCES = tests/unit/test_crypto_oaep.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_oaep_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_oaep_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)

tests_unit_test_crypto_segment_SOURCES = tests/unit/test_crypto_segment.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_segment_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_segment_LDADD = $(TEST_LDADD)

tests_unit_test_crypto_keypair_SOURCES = tests/unit/test_crypto_keypair.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_keypair_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_keypair_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)

unit_tests += tests/unit/test_crypto_hpke
tests_unit_test_crypto_hpke_SOURCES = tests/unit/test_crypto_hpke.c tests/unit/pairs.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_crypto_hpke_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_crypto_hpke_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)
