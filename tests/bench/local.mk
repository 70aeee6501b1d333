# figures, never asserted: make bench, or make bench BENCH='scan record'
# built with the tests, so that they do not rot
bench_programs = tests/bench/call tests/bench/items tests/bench/native tests/bench/pair tests/bench/record tests/bench/scan tests/bench/seal tests/bench/vault
check_PROGRAMS += $(bench_programs)
BENCH_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests

tests_bench_call_SOURCES = tests/bench/call.c tests/bench/plain.c tests/bench/plain.h tests/bench/purchases.h
tests_bench_call_CPPFLAGS = $(BENCH_CPPFLAGS) $(CURL_CFLAGS)
tests_bench_call_LDADD = lib/libvaultcrypt.la $(CURL_LIBS)
tests_bench_items_SOURCES = tests/bench/items.c tests/bench/plain.c tests/bench/plain.h tests/bench/purchases.h
tests_bench_items_CPPFLAGS = $(BENCH_CPPFLAGS) $(CURL_CFLAGS)
tests_bench_items_LDADD = lib/libvaultcrypt.la $(CURL_LIBS)
tests_bench_native_SOURCES = tests/bench/native.c tests/bench/purchases.h
tests_bench_native_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_native_LDADD = lib/libvc.la
tests_bench_pair_SOURCES = tests/bench/pair.c tests/bench/purchases.h
tests_bench_pair_CPPFLAGS = $(BENCH_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_bench_pair_LDADD = lib/libvaultcrypt.la $(CRYPTO_LIBS)
tests_bench_record_SOURCES = tests/bench/record.c tests/bench/purchases.h
tests_bench_record_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_record_LDADD = lib/libvaultcrypt.la
tests_bench_scan_SOURCES = tests/bench/scan.c tests/bench/purchases.h
tests_bench_scan_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_scan_LDADD = lib/libvc.la
tests_bench_seal_SOURCES = tests/bench/seal.c
tests_bench_seal_CPPFLAGS = $(BENCH_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_bench_seal_LDADD = lib/libvaultcrypt.la $(CRYPTO_LIBS)
tests_bench_vault_SOURCES = tests/bench/vault.c tests/bench/purchases.h
tests_bench_vault_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_vault_LDADD = lib/libvaultcrypt.la

if WITH_KAFKA
EXTRA_PROGRAMS += tests/bench/encryptor
bench_programs += tests/bench/encryptor
tests_bench_encryptor_SOURCES = tests/bench/encryptor.c tests/bench/purchases.h
tests_bench_encryptor_CPPFLAGS = $(BENCH_CPPFLAGS) $(RDKAFKA_CFLAGS)
tests_bench_encryptor_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
EXTRA_PROGRAMS += tests/bench/stream tests/bench/latency tests/bench/copies
bench_programs += tests/bench/stream tests/bench/latency tests/bench/copies
tests_bench_copies_SOURCES = tests/bench/copies.c tests/bench/broker.c tests/bench/broker.h tests/bench/purchases.h
tests_bench_copies_CPPFLAGS = $(BENCH_CPPFLAGS) $(RDKAFKA_CFLAGS)
tests_bench_copies_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
tests_bench_latency_SOURCES = tests/bench/latency.c tests/bench/broker.c tests/bench/broker.h tests/bench/purchases.h
tests_bench_latency_CPPFLAGS = $(BENCH_CPPFLAGS) $(RDKAFKA_CFLAGS)
tests_bench_latency_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
tests_bench_stream_SOURCES = tests/bench/stream.c tests/bench/broker.c tests/bench/broker.h tests/bench/plain.c tests/bench/plain.h \
	tests/bench/purchases.h
tests_bench_stream_CPPFLAGS = $(BENCH_CPPFLAGS) $(RDKAFKA_CFLAGS) $(CURL_CFLAGS)
tests_bench_stream_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS) $(CURL_LIBS)
endif

# vaultcrypt-send and -receive with a stand-in for seal.h that seals nothing: what the way costs without encryption. Never installed.
if WITH_KAFKA
EXTRA_PROGRAMS += tests/bench/send-plain tests/bench/receive-plain
tests_bench_send_plain_SOURCES = bin/send_main.c bin/send_table.c $(file_sources) tests/unit/fake_seal.c tests/unit/fake_seal.h
tests_bench_send_plain_CPPFLAGS = $(file_cppflags) $(CRYPTO_CFLAGS) -I$(top_srcdir)/tests -DFAKE_SEAL_SHA256
tests_bench_send_plain_LDADD = lib/libvckafka.la lib/libvaultcrypt.la $(JSONC_LIBS) $(CRYPTO_LIBS)
tests_bench_receive_plain_SOURCES = bin/receive_main.c bin/receive_table.c $(file_sources) tests/unit/fake_seal.c \
	tests/unit/fake_seal.h
tests_bench_receive_plain_CPPFLAGS = $(file_cppflags) $(CRYPTO_CFLAGS) -I$(top_srcdir)/tests -DFAKE_SEAL_SHA256
tests_bench_receive_plain_LDADD = lib/libvckafka.la lib/libvaultcrypt.la $(JSONC_LIBS) $(CRYPTO_LIBS)
endif

bench: all $(bench_programs)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' bash $(top_srcdir)/tests/bench/run.sh $(BENCH)

# The tables and plots of docs/SCALING.md, anew: a quarter of an hour on a machine that does nothing else.
docs-scaling: all $(bench_programs)
	@top_builddir='$(abs_top_builddir)' bash $(top_srcdir)/tests/bench/scaling.sh $(top_srcdir)/docs/scaling
EXTRA_DIST += tests/bench/original.py tests/bench/run.sh tests/bench/scaling.sh tests/bench/seal.sh tests/bench/stream.yaml tests/bench/transit.yaml
