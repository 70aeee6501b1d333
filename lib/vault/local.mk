lib_libvc_la_SOURCES += \
	lib/vault/batch.c lib/vault/batch.h \
	lib/vault/endpoint.c lib/vault/endpoint.h \
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
	lib/vault/transit_key.c lib/vault/transit_key.h
