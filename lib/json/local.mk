lib_libvc_la_SOURCES += \
	lib/json/lex.c lib/json/lex.h \
	lib/json/path.h \
	lib/json/read.c lib/json/read.h \
	lib/json/scan.h \
	lib/json/splice.h \
	lib/json/string.c lib/json/string.h
