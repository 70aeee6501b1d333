# lib/json
unit_tests += tests/unit/test_json_path tests/unit/test_json_read

tests_unit_test_json_path_SOURCES = tests/unit/test_json_path.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_json_path_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_path_LDADD = $(TEST_LDADD)

tests_unit_test_json_read_SOURCES = tests/unit/test_json_read.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_json_read_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_json_read_LDADD = $(TEST_LDADD)

EXTRA_DIST += tests/vectors/json/README.md tests/vectors/json/jsonpath-compliance.json \
	tests/vectors/json/jsonpath-compliance.LICENSE
