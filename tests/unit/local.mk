# One program a module: tests/unit/test_X.c. Each prints TAP.
unit_tests += tests/unit/test_base

tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_base_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_base_LDADD = $(TEST_LDADD)

if WITH_CXX
unit_tests += tests/unit/test_hpp
tests_unit_test_hpp_SOURCES = tests/unit/test_hpp.cc
tests_unit_test_hpp_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
tests_unit_test_hpp_LDADD = lib/libvaultcrypt.la
endif

include tests/unit/crypto.mk
include tests/unit/dev.mk
include tests/unit/io.mk
include tests/unit/json.mk
if WITH_KAFKA
include tests/unit/kafka.mk
include tests/unit/view.mk
endif
include tests/unit/keys.mk
include tests/unit/record.mk
include tests/unit/schema.mk
include tests/unit/vault.mk

EXTRA_DIST += tests/unit/tap.sh
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
