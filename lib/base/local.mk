base_sources = \
	lib/base/alloc.c lib/base/alloc.h \
	lib/base/arena.c lib/base/arena.h \
	lib/base/base64.c lib/base/base64.h \
	lib/base/base64url.c lib/base/base64url.h \
	lib/base/buf.c lib/base/buf.h \
	lib/base/cleanup.h \
	lib/base/error.c lib/base/error.h \
	lib/base/pages.c lib/base/pages.h \
	lib/base/secret.c lib/base/secret.h \
	lib/base/secretbuf.h \
	lib/base/text.c lib/base/text.h \
	lib/base/varint.h \
	lib/base/version.c
lib_libvc_la_SOURCES += $(base_sources)
