lib_libvc_la_SOURCES += \
	lib/schema/field.c lib/schema/load.c lib/schema/load.h \
	lib/schema/names.c lib/schema/names.h \
	lib/schema/objects.c lib/schema/rule.c \
	lib/schema/schema.c lib/schema/schema.h \
	lib/schema/targets.c \
	lib/schema/value.c lib/schema/value.h
