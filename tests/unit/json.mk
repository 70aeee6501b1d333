# lib/json
unit_tests += tests/unit/test_json_path tests/unit/test_json_property tests/unit/test_json_read \
	tests/unit/test_json_scan tests/unit/test_json_splice

# the scanner without SSE2, under other names: also for fuzz targets
check_LTLIBRARIES += tests/unit/libportable.la
tests_unit_libportable_la_SOURCES = lib/json/lex.c lib/json/scan.c lib/json/skip.c lib/json/string.c tests/unit/json_portable.h
tests_unit_libportable_la_CPPFLAGS = $(AM_CPPFLAGS) -DVC__JSON_PORTABLE=1 -include $(top_srcdir)/tests/unit/json_portable.h

tests_unit_test_json_path_SOURCES = tests/unit/test_json_path.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_json_path_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_path_LDADD = $(TEST_LDADD)

tests_unit_test_json_property_SOURCES = tests/unit/test_json_property.c tests/unit/test.h tests/unit/inject.c \
	tests/unit/json_random.c tests/unit/json_random.h tests/unit/json_scan_all.c tests/unit/json_scan_all.h
tests_unit_test_json_property_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_property_LDADD = tests/unit/libportable.la $(TEST_LDADD)

tests_unit_test_json_read_SOURCES = tests/unit/test_json_read.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_json_read_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_read_LDADD = $(TEST_LDADD)

tests_unit_test_json_scan_SOURCES = tests/unit/test_json_scan.c tests/unit/test.h tests/unit/inject.c \
	tests/unit/json_corpus.c tests/unit/json_corpus.h tests/unit/json_scan_all.c tests/unit/json_scan_all.h
tests_unit_test_json_scan_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_scan_LDADD = tests/unit/libportable.la $(TEST_LDADD)

tests_unit_test_json_splice_SOURCES = tests/unit/test_json_splice.c tests/unit/test.h tests/unit/inject.c \
	tests/unit/json_corpus.c tests/unit/json_corpus.h tests/unit/json_random.c tests/unit/json_random.h
tests_unit_test_json_splice_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_splice_LDADD = $(TEST_LDADD)

EXTRA_DIST += tests/vectors/json/README.md tests/vectors/json/identity.ndjson \
	tests/vectors/json/jsonpath-compliance.json tests/vectors/json/jsonpath-compliance.LICENSE
