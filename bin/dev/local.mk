# vaultcrypt-dev: the embedded Vault, Kafka and key release. It imitates a server, so it may look into lib/; its parts make a convenience
# library, which its unit tests link too.
if WITH_KAFKA
noinst_LTLIBRARIES += bin/dev/libdev.la
dev_cppflags = -D_GNU_SOURCE $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(JSONC_CFLAGS) $(PCRE2_CFLAGS) $(RDKAFKA_CFLAGS) $(MICROHTTPD_CFLAGS)
bin_dev_libdev_la_CPPFLAGS = $(dev_cppflags)
bin_dev_libdev_la_SOURCES = \
	bin/dev/asymmetric.c bin/dev/asymmetric.h \
	bin/dev/census.c \
	bin/dev/clock.c bin/dev/clock.h \
	bin/dev/fault.c bin/dev/fault.h \
	bin/dev/flavour.c bin/dev/flavour.h \
	bin/dev/json_each.h \
	bin/dev/hcl.c \
	bin/dev/mischief.c bin/dev/mischief.h \
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
	bin/dev/transform_db.c \
	bin/dev/transform_export.c \
	bin/dev/transform_item.c bin/dev/transform_item.h \
	bin/dev/transform_kind.c \
	bin/dev/transform_rotate.c \
	bin/dev/transform_shape.c \
	bin/dev/transform_store.c bin/dev/transform_store.h \
	bin/dev/transform_token.c \
	bin/dev/transit.c bin/dev/transit.h \
	bin/dev/transit_backup.c \
	bin/dev/transit_batch.c \
	bin/dev/transit_body.c bin/dev/transit_body.h \
	bin/dev/transit_config.c \
	bin/dev/transit_export.c \
	bin/dev/transit_hmac.c \
	bin/dev/transit_import.c \
	bin/dev/transit_item.c \
	bin/dev/transit_key.c \
	bin/dev/transit_more.c \
	bin/dev/transit_sign.c \
	bin/dev/transit_texts.c bin/dev/transit_texts.h \
	bin/dev/transit_type.c \
	bin/dev/transit_version.c \
	bin/dev/xchacha.c bin/dev/xchacha.h
# who may: namespaces, ways to log in, tokens
bin_dev_libdev_la_SOURCES += \
	bin/dev/approle.c bin/dev/approle.h \
	bin/dev/approle_secret.c \
	bin/dev/cert.c \
	bin/dev/cidr.c bin/dev/cidr.h \
	bin/dev/ha.c bin/dev/ha.h \
	bin/dev/jws.c bin/dev/jws.h \
	bin/dev/jwt.c \
	bin/dev/kubernetes.c \
	bin/dev/ldap.c \
	bin/dev/login.c bin/dev/login.h \
	bin/dev/mount_show.c \
	bin/dev/namespace.c bin/dev/namespace.h \
	bin/dev/namespace_api.c \
	bin/dev/policy_api.c \
	bin/dev/policy_limits.c \
	bin/dev/quota.c bin/dev/quota.h \
	bin/dev/role_table.c bin/dev/role_table.h \
	bin/dev/seal.c bin/dev/seal.h \
	bin/dev/shamir.c bin/dev/shamir.h \
	bin/dev/tls.c bin/dev/tls.h \
	bin/dev/token_create.c \
	bin/dev/token_make.c \
	bin/dev/token_params.c bin/dev/token_params.h \
	bin/dev/token_role.c bin/dev/token_role.h \
	bin/dev/userpass.c \
	bin/dev/wrapping.c bin/dev/wrapping.h
# secure key release: the sidecar, attestation, the key store
bin_dev_libdev_la_SOURCES += \
	bin/dev/skr.c bin/dev/skr.h \
	bin/dev/skr_key.c bin/dev/skr_key.h \
	bin/dev/skr_sidecar.c \
	bin/dev/skr_store.c \
	bin/dev/skr_world.c
bin_dev_libdev_la_LIBADD = lib/libvc.la $(JSONC_LIBS) $(MICROHTTPD_LIBS) -lm

pkglibexec_PROGRAMS += bin/vaultcrypt-dev
bin_vaultcrypt_dev_CPPFLAGS = $(dev_cppflags)
bin_vaultcrypt_dev_SOURCES = bin/dev/main.c bin/dev/options.c bin/dev/options.h bin/dev/kafka.c bin/dev/kafka.h
bin_vaultcrypt_dev_LDADD = bin/dev/libdev.la lib/libvc.la $(RDKAFKA_LIBS)
endif
