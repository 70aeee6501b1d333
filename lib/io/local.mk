lib_libvc_la_SOURCES += \
	lib/io/address.c lib/io/address.h \
	lib/io/client.c lib/io/client.h \
	lib/io/clock.c lib/io/clock.h \
	lib/io/config.c lib/io/config.h \
	lib/io/denied.c lib/io/denied.h \
	lib/io/driver.c lib/io/driver.h \
	lib/io/environment.c \
	lib/io/failure.c lib/io/failure.h \
	lib/io/file.c lib/io/file.h \
	lib/io/run.c \
	lib/io/schema_file.c \
	lib/io/setting.c \
	lib/io/sigpipe.c lib/io/sigpipe.h \
	lib/io/target.c lib/io/target.h \
	lib/io/sys.c \
	lib/io/transfer.c lib/io/transfer.h \
	lib/io/transform.c \
	lib/io/transit.c \
	lib/io/typed.c lib/io/typed.h
