# the typed calls of the library: a program on the installed headers
check_PROGRAMS += tests/integration/typed
tests_integration_typed_SOURCES = tests/integration/typed.c
tests_integration_typed_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/typed.sh
EXTRA_DIST += tests/integration/typed.sh
