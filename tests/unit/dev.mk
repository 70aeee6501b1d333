# bin/dev
if WITH_KAFKA
unit_tests += tests/unit/test_dev tests/unit/test_dev_policy
endif
tests_unit_test_dev_SOURCES = tests/unit/test_dev.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_dev_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/bin/dev
tests_unit_test_dev_LDADD = bin/dev/libdev.la $(TEST_LDADD)
tests_unit_test_dev_policy_SOURCES = tests/unit/test_dev_policy.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_dev_policy_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/bin/dev
tests_unit_test_dev_policy_LDADD = bin/dev/libdev.la $(TEST_LDADD)
