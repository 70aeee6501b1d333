lib_libvc_la_SOURCES += \
	lib/vault/batch.c lib/vault/batch.h \
	lib/vault/caps.c lib/vault/caps.h \
	lib/vault/ciphertext.h \
	lib/vault/endpoint.c lib/vault/endpoint.h \
	lib/vault/grant.c \
	lib/vault/lease.c lib/vault/lease.h \
	lib/vault/login.c lib/vault/login.h \
	lib/vault/object.c lib/vault/object.h \
	lib/vault/outcome.c \
	lib/vault/refusal.c lib/vault/refusal.h \
	lib/vault/reply.c lib/vault/reply.h \
	lib/vault/request.c lib/vault/request.h \
	lib/vault/single.h \
	lib/vault/sys.c lib/vault/sys.h \
	lib/vault/token.c lib/vault/token.h \
	lib/vault/transform.c \
	lib/vault/transform_object.c lib/vault/transform_object.h \
	lib/vault/transit.c \
	lib/vault/transit_key.c lib/vault/transit_key.h \
	lib/vault/vault.c lib/vault/vault.h \
	lib/vault/wrapped.c

# transit
lib_libvc_la_SOURCES += \
	lib/vault/member.c lib/vault/member.h \
	lib/vault/spread.c lib/vault/spread.h \
	lib/vault/transit_batch.c lib/vault/transit_batch.h \
	lib/vault/transit_import.c \
	lib/vault/transit_material.c \
	lib/vault/transit_options.c lib/vault/transit_options.h \
	lib/vault/transit_settings.c

# sys, tokens, wrapping
lib_libvc_la_SOURCES += \
	lib/vault/names.c lib/vault/names.h \
	lib/vault/sys_mount.c \
	lib/vault/sys_seal.c \
	lib/vault/token_settings.c \
	lib/vault/wrapping.c lib/vault/wrapping.h

# transform
lib_libvc_la_SOURCES += \
	lib/vault/transform.h \
	lib/vault/transform_batch.c lib/vault/transform_batch.h \
	lib/vault/transform_kind.c \
	lib/vault/transform_options.c lib/vault/transform_options.h \
	lib/vault/transform_store.c
