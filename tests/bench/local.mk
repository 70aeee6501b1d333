# figures, never asserted: make bench, or make bench BENCH='scan record'
# built with the tests, so that they do not rot
bench_programs = tests/bench/record tests/bench/scan tests/bench/vault
check_PROGRAMS += $(bench_programs)
BENCH_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests

tests_bench_record_SOURCES = tests/bench/record.c tests/bench/purchases.h
tests_bench_record_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_record_LDADD = lib/libvaultcrypt.la
tests_bench_scan_SOURCES = tests/bench/scan.c tests/bench/purchases.h
tests_bench_scan_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_scan_LDADD = lib/libvc.la
tests_bench_vault_SOURCES = tests/bench/vault.c tests/bench/purchases.h
tests_bench_vault_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_vault_LDADD = lib/libvaultcrypt.la

if WITH_KAFKA
EXTRA_PROGRAMS += tests/bench/encryptor
bench_programs += tests/bench/encryptor
tests_bench_encryptor_SOURCES = tests/bench/encryptor.c tests/bench/purchases.h
tests_bench_encryptor_CPPFLAGS = $(BENCH_CPPFLAGS) $(RDKAFKA_CFLAGS)
tests_bench_encryptor_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
endif

bench: all $(bench_programs)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' bash $(top_srcdir)/tests/bench/run.sh $(BENCH)
EXTRA_DIST += tests/bench/run.sh tests/bench/transit.yaml
