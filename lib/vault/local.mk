lib_libvc_la_SOURCES += \
	lib/vault/batch.c \
	lib/vault/batch.h \
	lib/vault/endpoint.c \
	lib/vault/endpoint.h \
	lib/vault/outcome.c \
	lib/vault/refusal.c \
	lib/vault/refusal.h \
	lib/vault/reply.c \
	lib/vault/reply.h \
	lib/vault/request.c \
	lib/vault/request.h
