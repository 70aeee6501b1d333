# vaultcrypt-dev: the embedded Vault and Kafka. It imitates a server, so it may look into lib/; its parts make a convenience
# library, which its unit tests link too.
if WITH_KAFKA
noinst_LTLIBRARIES += bin/dev/libdev.la
dev_cppflags = -D_GNU_SOURCE $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(JSONC_CFLAGS) $(PCRE2_CFLAGS) $(RDKAFKA_CFLAGS) $(MICROHTTPD_CFLAGS)
bin_dev_libdev_la_CPPFLAGS = $(dev_cppflags)
bin_dev_libdev_la_SOURCES = \
	bin/dev/clock.c bin/dev/clock.h \
	bin/dev/fault.c bin/dev/fault.h \
	bin/dev/flavour.c bin/dev/flavour.h \
	bin/dev/json_each.h \
	bin/dev/hcl.c \
	bin/dev/mount.c bin/dev/mount.h \
	bin/dev/names.c bin/dev/names.h \
	bin/dev/out.c bin/dev/out.h \
	bin/dev/param.c bin/dev/param.h \
	bin/dev/policy.c bin/dev/policy.h \
	bin/dev/reply.c bin/dev/reply.h \
	bin/dev/route.c bin/dev/route.h \
	bin/dev/server.c bin/dev/server.h \
	bin/dev/sys.c \
	bin/dev/token.c bin/dev/token.h \
	bin/dev/token_api.c \
	bin/dev/transform.c bin/dev/transform.h \
	bin/dev/transform_code.c \
	bin/dev/transform_kind.c \
	bin/dev/transform_shape.c \
	bin/dev/transit.c bin/dev/transit.h \
	bin/dev/transit_batch.c \
	bin/dev/transit_key.c \
	bin/dev/transit_more.c
bin_dev_libdev_la_LIBADD = lib/libvc.la $(JSONC_LIBS) $(MICROHTTPD_LIBS)

pkglibexec_PROGRAMS += bin/vaultcrypt-dev
bin_vaultcrypt_dev_CPPFLAGS = $(dev_cppflags)
bin_vaultcrypt_dev_SOURCES = bin/dev/main.c bin/dev/options.c bin/dev/options.h bin/dev/kafka.c bin/dev/kafka.h
bin_vaultcrypt_dev_LDADD = bin/dev/libdev.la lib/libvc.la $(RDKAFKA_LIBS)
endif
