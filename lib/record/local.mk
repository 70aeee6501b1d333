lib_libvc_la_SOURCES += \
	lib/record/azure.c lib/record/azure.h \
	lib/record/batch.c lib/record/batch.h \
	lib/record/demo.c lib/record/demo.h \
	lib/record/finish.c \
	lib/record/inspect.c lib/record/inspect.h \
	lib/record/inspect_foreign.c lib/record/inspect_json.c lib/record/inspect_native.c \
	lib/record/kroxylicious.c lib/record/kroxylicious.h \
	lib/record/local.c lib/record/local.h \
	lib/record/local_ask.c lib/record/local_foreign.c \
	lib/record/local_keys.c lib/record/local_open.c \
	lib/record/local_pair.c lib/record/local_prepare.c lib/record/local_rewrap.c \
	lib/record/local_rsa.c lib/record/local_seal.c lib/record/local_shape.c lib/record/local_sign.c \
	lib/record/manifest.c lib/record/manifest.h \
	lib/record/message.c \
	lib/record/native.c lib/record/native.h \
	lib/record/native_frame.c \
	lib/record/native_key.h \
	lib/record/native_keys.c \
	lib/record/native_read.c lib/record/native_read.h \
	lib/record/prepare.c \
	lib/record/run.c \
	lib/record/seal_key.c lib/record/seal_key.h \
	lib/record/sealer.c lib/record/sealer.h \
	lib/record/sum.c lib/record/sum.h \
	lib/record/unsealer.c lib/record/unsealer.h \
	lib/record/unsealer_header.c
