# The seed's demo as thin programs on the public headers; built, not installed.
EXTRA_DIST += examples/purchases.ndjson examples/purchases.yaml

if WITH_KAFKA
example_programs = examples/producer examples/encryptor examples/consumer examples/consumer_from_encrypted \
	examples/rotate
noinst_PROGRAMS += $(example_programs)
example_cppflags = -I$(top_srcdir)/include $(VC_CPPFLAGS) $(RDKAFKA_CFLAGS)
example_ldadd = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
example_common = examples/common.c examples/common.h

examples_producer_SOURCES = examples/producer.c $(example_common)
examples_producer_CPPFLAGS = $(example_cppflags)
examples_producer_LDADD = $(example_ldadd)

examples_encryptor_SOURCES = examples/encryptor.c $(example_common)
examples_encryptor_CPPFLAGS = $(example_cppflags)
examples_encryptor_LDADD = $(example_ldadd)

examples_consumer_SOURCES = examples/consumer.c $(example_common)
examples_consumer_CPPFLAGS = $(example_cppflags)
examples_consumer_LDADD = $(example_ldadd)

examples_consumer_from_encrypted_SOURCES = examples/consumer_from_encrypted.c $(example_common)
examples_consumer_from_encrypted_CPPFLAGS = $(example_cppflags)
examples_consumer_from_encrypted_LDADD = $(example_ldadd)

examples_rotate_SOURCES = examples/rotate.c
examples_rotate_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_rotate_LDADD = lib/libvaultcrypt.la
endif

# The demo, from the build tree (not --without-kafka).
EXTRA_DIST += examples/demo examples/README.md
demo: all
	@bash '$(abs_top_srcdir)/examples/demo' --programs '$(abs_top_builddir)' $(DEMO_ARGS)
