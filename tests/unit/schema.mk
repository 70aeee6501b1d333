# lib/yaml, lib/schema
unit_tests += tests/unit/test_yaml tests/unit/test_schema tests/unit/test_schema_refusals \
	tests/unit/test_schema_keys

tests_unit_test_yaml_SOURCES = tests/unit/test_yaml.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_yaml_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_yaml_LDADD = $(TEST_LDADD)

tests_unit_test_schema_SOURCES = tests/unit/test_schema.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_schema_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_schema_LDADD = $(TEST_LDADD)

tests_unit_test_schema_refusals_SOURCES = tests/unit/test_schema_refusals.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_schema_refusals_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_schema_refusals_LDADD = $(TEST_LDADD)

tests_unit_test_schema_keys_SOURCES = tests/unit/test_schema_keys.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_schema_keys_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_schema_keys_LDADD = $(TEST_LDADD)
