# bin/dev
if WITH_KAFKA
unit_tests += tests/unit/test_dev tests/unit/test_dev_policy tests/unit/test_dev_auth tests/unit/test_dev_transit tests/unit/test_dev_skr
endif
tests_unit_test_dev_SOURCES = tests/unit/test_dev.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_dev_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/bin/dev
tests_unit_test_dev_LDADD = bin/dev/libdev.la $(TEST_LDADD)
tests_unit_test_dev_policy_SOURCES = tests/unit/test_dev_policy.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_dev_policy_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/bin/dev
tests_unit_test_dev_policy_LDADD = bin/dev/libdev.la $(TEST_LDADD)
tests_unit_test_dev_transit_SOURCES = tests/unit/test_dev_transit.c tests/vectors/dev/transit.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_dev_transit_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/bin/dev
tests_unit_test_dev_transit_LDADD = bin/dev/libdev.la $(TEST_LDADD)
tests_unit_test_dev_auth_SOURCES = tests/unit/test_dev_auth.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_dev_auth_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/bin/dev
tests_unit_test_dev_auth_LDADD = bin/dev/libdev.la $(TEST_LDADD)
tests_unit_test_dev_skr_SOURCES = tests/unit/test_dev_skr.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_dev_skr_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/bin/dev
tests_unit_test_dev_skr_LDADD = bin/dev/libdev.la $(TEST_LDADD)
