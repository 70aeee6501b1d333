# full rate under trouble: a minute in `make check`, ten in `make soak`
check_PROGRAMS += tests/soak/soak
tests_soak_soak_SOURCES = tests/soak/soak.c
tests_soak_soak_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
tests_soak_soak_LDADD = lib/libvaultcrypt.la
TESTS += tests/soak/soak.sh
EXTRA_DIST += tests/soak/soak.sh
SOAK_SECONDS = 600
soak: all tests/soak/soak $(soak_more)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' bash $(top_srcdir)/tests/soak/soak.sh $(SOAK_SECONDS)

# Files over a real Kafka: 10 GiB and fifty kills take some ten minutes and 45 GiB of disk.
if WITH_KAFKA
EXTRA_DIST += tests/soak/files.sh
soak_more = soak-files soak-stream soak-stream-brokers soak-stream-memory
SOAK_MIB = 10240
SOAK_KILLS = 50
soak-files: all tests/bench/send-plain tests/bench/receive-plain
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' bash $(top_srcdir)/tests/soak/files.sh $(SOAK_MIB) $(SOAK_KILLS)

# Exactly once under fire, and at least once: some 40 minutes.
SOAK_STREAM_KILLS = 1000
SOAK_STREAM_OUTAGE = 5
SOAK_FIRE_KILLS = 60
soak-stream: all
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' SANITIZED='$(sanitized)' bash $(top_srcdir)/tests/integration/stream_chaos.sh $(SOAK_STREAM_KILLS) $(SOAK_STREAM_OUTAGE)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' SANITIZED='$(sanitized)' STREAM_PROTOCOL=both STREAM_KILLS=$(SOAK_FIRE_KILLS) \
		bash $(top_srcdir)/tests/integration/stream_fire.sh

# Exactly once with three brokers, of which one at a time is killed amid transactions: some 15 minutes.
SOAK_BROKER_KILLS = 20
soak-stream-brokers: all
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' SANITIZED='$(sanitized)' STREAM_BROKER_KILLS=$(SOAK_BROKER_KILLS) \
		bash $(top_srcdir)/tests/integration/stream_chaos.sh

# The memory of a stream over ten million records: some minutes and 10 GB of disk.
EXTRA_PROGRAMS += tests/soak/stream_memory
tests_soak_stream_memory_SOURCES = tests/soak/stream_memory.c tests/bench/broker.c tests/bench/broker.h tests/bench/purchases.h
tests_soak_stream_memory_CPPFLAGS = $(BENCH_CPPFLAGS) $(RDKAFKA_CFLAGS)
tests_soak_stream_memory_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
EXTRA_DIST += tests/soak/stream_memory.sh
SOAK_RECORDS = 10000000
soak-stream-memory: all tests/soak/stream_memory
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' bash $(top_srcdir)/tests/soak/stream_memory.sh $(SOAK_RECORDS)
endif
