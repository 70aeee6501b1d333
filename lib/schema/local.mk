lib_libvc_la_SOURCES += \
	lib/schema/field.c lib/schema/field.h lib/schema/key.c \
	lib/schema/keypairs.c lib/schema/keypairs.h lib/schema/load.c lib/schema/load.h \
	lib/schema/method_deterministic.c lib/schema/method_envelope.c \
	lib/schema/method_fpe.c lib/schema/method_hybrid.c lib/schema/method_mask.c \
	lib/schema/method_transform.c lib/schema/method_transit.c \
	lib/schema/names.c lib/schema/names.h \
	lib/schema/objects.c lib/schema/option.c lib/schema/rule.c \
	lib/schema/schema.c lib/schema/schema.h \
	lib/schema/targets.c \
	lib/schema/value.c lib/schema/value.h
