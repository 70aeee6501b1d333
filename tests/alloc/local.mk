# Every allocation of the process fails once, whoever asks for it.
check_LTLIBRARIES += tests/alloc/shim.la
tests_alloc_shim_la_SOURCES = tests/alloc/shim.c tests/alloc/shim.h
tests_alloc_shim_la_CPPFLAGS = -I$(top_srcdir)/tests
tests_alloc_shim_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default -Wno-missing-prototypes
tests_alloc_shim_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere

check_PROGRAMS += tests/alloc/sweep
tests_alloc_sweep_SOURCES = tests/alloc/sweep.c tests/alloc/sweep.h tests/alloc/shim.h \
	tests/alloc/client.c tests/alloc/crypto.c tests/alloc/record.c tests/alloc/text.c tests/alloc/vault.c
tests_alloc_sweep_CPPFLAGS = $(TEST_CPPFLAGS)
tests_alloc_sweep_LDADD = lib/libvc.la

TESTS += tests/alloc/sweep.sh
EXTRA_DIST += tests/alloc/sweep.sh tests/alloc/tls.py
