# lib/record, driven by an instant transport
unit_tests += tests/unit/test_record tests/unit/test_record_demo tests/unit/test_record_inspect tests/unit/test_record_kroxylicious \
	tests/unit/test_record_run

tests_unit_test_record_SOURCES = tests/unit/test_record.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_LDADD = $(TEST_LDADD)

tests_unit_test_record_run_SOURCES = tests/unit/test_record_run.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h
tests_unit_test_record_run_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_run_LDADD = $(TEST_LDADD)

tests_unit_test_record_demo_SOURCES = tests/unit/test_record_demo.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_demo_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_demo_LDADD = $(TEST_LDADD)

tests_unit_test_record_kroxylicious_SOURCES = tests/unit/test_record_kroxylicious.c tests/vectors/record/kroxylicious.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_kroxylicious_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_kroxylicious_LDADD = $(TEST_LDADD)

tests_unit_test_record_inspect_SOURCES = tests/unit/test_record_inspect.c tests/vectors/record/kroxylicious.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_inspect_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_inspect_LDADD = $(TEST_LDADD)

# the native format
unit_tests += tests/unit/test_record_native tests/unit/test_record_vectors

tests_unit_test_record_native_SOURCES = tests/unit/test_record_native.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_native_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_native_LDADD = $(TEST_LDADD)

tests_unit_test_record_vectors_SOURCES = tests/unit/test_record_vectors.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_vectors_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_vectors_LDADD = $(TEST_LDADD)
EXTRA_DIST += tests/vectors/format/README.md tests/vectors/format/make.py \
	tests/vectors/format/tokens.json tests/vectors/format/streams.json

unit_tests += tests/unit/test_record_vectors_pair
tests_unit_test_record_vectors_pair_SOURCES = tests/unit/test_record_vectors_pair.c tests/unit/test.h
tests_unit_test_record_vectors_pair_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_vectors_pair_LDADD = $(TEST_LDADD)
EXTRA_DIST += tests/vectors/format/make_pairs.py tests/vectors/format/pairs.json \
	tests/vectors/format/keys/ec-pub.pem tests/vectors/format/keys/ec.pem tests/vectors/format/keys/ed-pub.pem \
	tests/vectors/format/keys/ed.pem tests/vectors/format/keys/ed2-pub.pem tests/vectors/format/keys/ed2.pem \
	tests/vectors/format/keys/rsa2048-pub.pem tests/vectors/format/keys/rsa2048.pem \
	tests/vectors/format/keys/rsa3072-pub.pem tests/vectors/format/keys/rsa3072.pem

# sealed files
unit_tests += tests/unit/test_record_seal tests/unit/test_record_streams
sealed_sources = tests/unit/sealed.c tests/unit/sealed.h tests/unit/test.h tests/unit/inject.c

tests_unit_test_record_seal_SOURCES = tests/unit/test_record_seal.c $(sealed_sources)
tests_unit_test_record_seal_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_seal_LDADD = $(TEST_LDADD)

tests_unit_test_record_streams_SOURCES = tests/unit/test_record_streams.c $(sealed_sources)
tests_unit_test_record_streams_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_streams_LDADD = $(TEST_LDADD)

# what is protected and opened here
unit_tests += tests/unit/test_record_local tests/unit/test_record_migrate tests/unit/test_record_reuse tests/unit/test_record_survey

tests_unit_test_record_local_SOURCES = tests/unit/test_record_local.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h
tests_unit_test_record_local_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_local_LDADD = $(TEST_LDADD)

tests_unit_test_record_migrate_SOURCES = tests/unit/test_record_migrate.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_migrate_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_migrate_LDADD = $(TEST_LDADD)

tests_unit_test_record_survey_SOURCES = tests/unit/test_record_survey.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_survey_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_survey_LDADD = $(TEST_LDADD)

tests_unit_test_record_reuse_SOURCES = tests/unit/test_record_reuse.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h \
	tests/unit/inject.c
tests_unit_test_record_reuse_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_reuse_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_record_limits
tests_unit_test_record_limits_SOURCES = tests/unit/test_record_limits.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h
tests_unit_test_record_limits_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_limits_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_record_rewrap
tests_unit_test_record_rewrap_SOURCES = tests/unit/test_record_rewrap.c tests/unit/fake_vault.c tests/unit/fake_vault.h tests/unit/test.h \
	tests/unit/inject.c
tests_unit_test_record_rewrap_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_rewrap_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_record_pair
tests_unit_test_record_pair_SOURCES = tests/unit/test_record_pair.c tests/unit/pair_vault.c tests/unit/pair_vault.h tests/unit/pairs.h tests/unit/test.h \
	tests/unit/inject.c
tests_unit_test_record_pair_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_pair_LDADD = $(TEST_LDADD) $(CRYPTO_LIBS)

unit_tests += tests/unit/test_record_pair_carry
tests_unit_test_record_pair_carry_SOURCES = tests/unit/test_record_pair_carry.c tests/unit/pair_vault.c tests/unit/pair_vault.h tests/unit/pairs.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_pair_carry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_pair_carry_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_record_seek
tests_unit_test_record_seek_SOURCES = tests/unit/test_record_seek.c tests/unit/pair_vault.c tests/unit/pair_vault.h tests/unit/pairs.h tests/unit/test.h \
	tests/unit/inject.c
tests_unit_test_record_seek_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_seek_LDADD = $(TEST_LDADD)

unit_tests += tests/unit/test_record_pair_hpke
tests_unit_test_record_pair_hpke_SOURCES = tests/unit/test_record_pair_hpke.c tests/unit/pairs.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_record_pair_hpke_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_record_pair_hpke_LDADD = $(TEST_LDADD)
