# The seed's demo as thin programs on the public headers; built, not installed.
EXTRA_DIST += examples/purchases.ndjson examples/purchases.yaml examples/methods.ndjson examples/methods.yaml

if WITH_KAFKA
example_programs = examples/producer examples/producer_protected examples/encryptor examples/consumer examples/consumer_from_encrypted \
	examples/rotate examples/producer_file_transfer examples/consumer_file_transfer
noinst_PROGRAMS += $(example_programs)
example_cppflags = -I$(top_srcdir)/include $(VC_CPPFLAGS) $(RDKAFKA_CFLAGS)
example_ldadd = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
example_common = examples/common.c examples/common.h

examples_producer_SOURCES = examples/producer.c $(example_common)
examples_producer_CPPFLAGS = $(example_cppflags)
examples_producer_LDADD = $(example_ldadd)

examples_producer_protected_SOURCES = examples/producer_protected.c $(example_common)
examples_producer_protected_CPPFLAGS = $(example_cppflags)
examples_producer_protected_LDADD = $(example_ldadd)

examples_encryptor_SOURCES = examples/encryptor.c $(example_common)
examples_encryptor_CPPFLAGS = $(example_cppflags)
examples_encryptor_LDADD = $(example_ldadd)

examples_consumer_SOURCES = examples/consumer.c $(example_common)
examples_consumer_CPPFLAGS = $(example_cppflags)
examples_consumer_LDADD = $(example_ldadd)

examples_consumer_from_encrypted_SOURCES = examples/consumer_from_encrypted.c $(example_common)
examples_consumer_from_encrypted_CPPFLAGS = $(example_cppflags)
examples_consumer_from_encrypted_LDADD = $(example_ldadd)

examples_producer_file_transfer_SOURCES = examples/producer_file_transfer.c $(example_common)
examples_producer_file_transfer_CPPFLAGS = $(example_cppflags)
examples_producer_file_transfer_LDADD = $(example_ldadd)

examples_consumer_file_transfer_SOURCES = examples/consumer_file_transfer.c $(example_common)
examples_consumer_file_transfer_CPPFLAGS = $(example_cppflags)
examples_consumer_file_transfer_LDADD = $(example_ldadd)

# The confidential container demo's: a producer that can only encrypt, a consumer whose key is released by attestation.
noinst_PROGRAMS += examples/attested/producer examples/attested/consumer
attested_common = examples/attested/attested.c examples/attested/attested.h $(example_common)
examples_attested_producer_SOURCES = examples/attested/producer.c $(attested_common)
examples_attested_producer_CPPFLAGS = $(example_cppflags)
examples_attested_producer_LDADD = $(example_ldadd)
examples_attested_consumer_SOURCES = examples/attested/consumer.c $(attested_common)
examples_attested_consumer_CPPFLAGS = $(example_cppflags)
examples_attested_consumer_LDADD = $(example_ldadd)

examples_rotate_SOURCES = examples/rotate.c
examples_rotate_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_rotate_LDADD = lib/libvaultcrypt.la
endif

if WITH_CXX
noinst_PROGRAMS += examples/protect
examples_protect_SOURCES = examples/protect.cc
examples_protect_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_protect_LDADD = lib/libvaultcrypt.la
endif

# An application's own event loop.
if WITH_LIBEVENT
noinst_PROGRAMS += examples/eventloop
examples_eventloop_SOURCES = examples/eventloop.c
examples_eventloop_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS) $(LIBEVENT_CFLAGS)
examples_eventloop_LDADD = lib/libvaultcrypt.la $(LIBEVENT_LIBS)
endif

# Many threads, one client.
noinst_PROGRAMS += examples/threads
examples_threads_SOURCES = examples/threads.c
examples_threads_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_threads_LDADD = lib/libvaultcrypt.la

# The demo, from the build tree (not --without-kafka).
EXTRA_DIST += examples/demo examples/README.md
demo: all
	@bash '$(abs_top_srcdir)/examples/demo' --programs '$(abs_top_builddir)' $(DEMO_ARGS)

EXTRA_DIST += examples/attested/demo.sh examples/attested/README.md examples/attested/kubernetes
.PHONY: demo-attested
demo-attested: all
	@bash '$(abs_top_srcdir)/examples/attested/demo.sh' --programs '$(abs_top_builddir)' $(DEMO_ARGS)

include examples/api/transit.mk
include examples/api/sys.mk
include examples/api/auth.mk
include examples/api/seal.mk
include examples/api/attest.mk
include examples/api/keysource.mk
