lib_libvc_la_SOURCES += \
	lib/json/canonical.c lib/json/lex.c lib/json/lex.h \
	lib/json/overlap.c \
	lib/json/path.c lib/json/path.h \
	lib/json/read.c lib/json/read.h \
	lib/json/scan.c lib/json/scan.h lib/json/scanner.h \
	lib/json/skip.c \
	lib/json/select.h lib/json/selector.c \
	lib/json/splice.c lib/json/splice.h \
	lib/json/states.h \
	lib/json/steps.h \
	lib/json/string.c lib/json/string.h \
	lib/json/unique.c lib/json/unique.h
