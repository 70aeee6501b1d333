# libvaultcrypt-kafka: its own sources, and hidden copies of base and yaml. Compiled once, for the library and the tests.
noinst_LTLIBRARIES += lib/libvckafka.la
lib_libvckafka_la_CPPFLAGS = $(AM_CPPFLAGS) $(RDKAFKA_CFLAGS) $(CRYPTO_CFLAGS) $(JSONC_CFLAGS) $(YAML_CFLAGS)
lib_libvckafka_la_LIBADD = $(RDKAFKA_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS) $(YAML_LIBS)
lib_libvckafka_la_SOURCES = \
	lib/kafka/attempt.c lib/kafka/attempt.h \
	lib/kafka/chunk.c lib/kafka/clock.h lib/kafka/commit.c \
	lib/kafka/config.c lib/kafka/config.h \
	lib/kafka/consumer.c \
	lib/kafka/contact.c lib/kafka/contact.h \
	lib/kafka/demo.c lib/kafka/demo.h \
	lib/kafka/digester.c lib/kafka/digester.h \
	lib/kafka/filename.c lib/kafka/filename.h \
	lib/kafka/folder.c lib/kafka/folder.h \
	lib/kafka/frame.c lib/kafka/frame.h \
	lib/kafka/gather.c lib/kafka/gather.h \
	lib/kafka/halt.c lib/kafka/halt.h \
	lib/kafka/header.h \
	lib/kafka/incoming.c lib/kafka/incoming.h \
	lib/kafka/lane.c lib/kafka/lane.h \
	lib/kafka/ledger.c lib/kafka/ledger.h \
	lib/kafka/letter.c lib/kafka/letter.h \
	lib/kafka/letter_key.c lib/kafka/letter_key.h \
	lib/kafka/letter_open.c \
	lib/kafka/letter_read.c \
	lib/kafka/letters.c lib/kafka/letters.h \
	lib/kafka/lines.c lib/kafka/lines.h \
	lib/kafka/logger.c lib/kafka/logger.h \
	lib/kafka/nudge.c lib/kafka/nudge.h \
	lib/kafka/options.c \
	lib/kafka/outbox.c lib/kafka/outbox.h \
	lib/kafka/outgoing.c \
	lib/kafka/outlet.c lib/kafka/outlet.h \
	lib/kafka/producer.c \
	lib/kafka/rebalance.c lib/kafka/receive.c \
	lib/kafka/receiver.c lib/kafka/receiver.h \
	lib/kafka/report.c lib/kafka/report.h \
	lib/kafka/route.c lib/kafka/route.h \
	lib/kafka/segment.c lib/kafka/segment.h \
	lib/kafka/send.c \
	lib/kafka/sender.c lib/kafka/sender.h \
	lib/kafka/sink.c lib/kafka/sink.h \
	lib/kafka/source.c lib/kafka/source.h \
	lib/kafka/stamp.c lib/kafka/stamp.h \
	lib/kafka/state.c lib/kafka/stream.c lib/kafka/stream.h \
	lib/kafka/stream_config.c lib/kafka/stream_config.h \
	lib/kafka/stream_config_load.c lib/kafka/stream_config_open.c \
	lib/kafka/stream_settings.c lib/kafka/stream_settings.h \
	lib/kafka/topic.c lib/kafka/topic.h \
	lib/kafka/transaction.c lib/kafka/transaction.h \
	lib/kafka/transfer.c \
	lib/kafka/watch.c \
	lib/yaml/tree.c lib/yaml/tree.h \
	$(base_sources)

# libtool's current:revision:age, as in lib/local.mk. 0:0:0 is the first interface.
lib_LTLIBRARIES += lib/libvaultcrypt-kafka.la
lib_libvaultcrypt_kafka_la_SOURCES =
lib_libvaultcrypt_kafka_la_LIBADD = lib/libvckafka.la lib/libvaultcrypt.la
lib_libvaultcrypt_kafka_la_LDFLAGS = $(AM_LDFLAGS) $(VC_SOFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(top_srcdir)/lib/libvaultcrypt-kafka.map
lib_libvaultcrypt_kafka_la_DEPENDENCIES = lib/libvckafka.la lib/libvaultcrypt.la lib/libvaultcrypt-kafka.map
dist_vaultcrypt_DATA += include/vaultcrypt/kafka.h include/vaultcrypt/kafka_file.h include/vaultcrypt/kafka_stream.h \
	include/vaultcrypt/kafka_consumer.h include/vaultcrypt/kafka_producer.h include/vaultcrypt/kafka_letter.h \
	include/vaultcrypt/kafka_stream_config.h
pkgconfig_DATA += lib/libvaultcrypt-kafka.pc
EXTRA_DIST += lib/libvaultcrypt-kafka.map
