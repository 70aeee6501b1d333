# libvaultcrypt-kafka: its own sources, and hidden copies of what it needs of base. Compiled once, for the library and the tests.
noinst_LTLIBRARIES += lib/libvckafka.la
lib_libvckafka_la_CPPFLAGS = $(AM_CPPFLAGS) $(RDKAFKA_CFLAGS) $(CRYPTO_CFLAGS)
lib_libvckafka_la_LIBADD = $(RDKAFKA_LIBS) $(CRYPTO_LIBS)
lib_libvckafka_la_SOURCES = \
	lib/kafka/clock.h \
	lib/kafka/config.c lib/kafka/config.h \
	lib/kafka/flight.c lib/kafka/flight.h \
	lib/kafka/letter.c lib/kafka/letter.h \
	lib/kafka/options.c \
	lib/kafka/route.h \
	lib/kafka/sink.c lib/kafka/sink.h \
	lib/kafka/source.c lib/kafka/source.h \
	lib/kafka/stream.c lib/kafka/stream.h \
	$(base_sources)

# libtool's current:revision:age, as in lib/local.mk. 0:0:0 is the first interface.
lib_LTLIBRARIES += lib/libvaultcrypt-kafka.la
lib_libvaultcrypt_kafka_la_SOURCES =
lib_libvaultcrypt_kafka_la_LIBADD = lib/libvckafka.la lib/libvaultcrypt.la
lib_libvaultcrypt_kafka_la_LDFLAGS = $(AM_LDFLAGS) $(VC_SOFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(top_srcdir)/lib/libvaultcrypt-kafka.map
lib_libvaultcrypt_kafka_la_DEPENDENCIES = lib/libvckafka.la lib/libvaultcrypt.la lib/libvaultcrypt-kafka.map
dist_vaultcrypt_DATA += include/vaultcrypt/kafka.h
pkgconfig_DATA += lib/libvaultcrypt-kafka.pc
EXTRA_DIST += lib/libvaultcrypt-kafka.map
