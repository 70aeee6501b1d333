lib_libvc_la_SOURCES += \
	lib/record/batch.c lib/record/batch.h \
	lib/record/finish.c \
	lib/record/prepare.c \
	lib/record/run.c
