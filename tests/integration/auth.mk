# log-ins and the life of tokens: a program on the installed headers
check_PROGRAMS += tests/integration/auth
tests_integration_auth_SOURCES = tests/integration/auth.c
tests_integration_auth_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/auth.sh
EXTRA_DIST += tests/integration/auth.sh
