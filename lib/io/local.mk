lib_libvc_la_SOURCES += \
	lib/io/address.c lib/io/address.h \
	lib/io/attest.c \
	lib/io/auth.c lib/io/auth.h \
	lib/io/auth_setting.c \
	lib/io/bell.c lib/io/bell.h \
	lib/io/blocking.c \
	lib/io/breaker.c lib/io/breaker.h \
	lib/io/call.c lib/io/call.h \
	lib/io/client.c lib/io/client.h \
	lib/io/clock.c lib/io/clock.h \
	lib/io/cluster.c lib/io/cluster.h \
	lib/io/config.c lib/io/config.h \
	lib/io/denied.c lib/io/denied.h \
	lib/io/driver.c lib/io/driver.h \
	lib/io/environment.c lib/io/environment.h \
	lib/io/failure.c lib/io/failure.h \
	lib/io/file.c lib/io/file.h \
	lib/io/gate.c lib/io/gate.h \
	lib/io/headers.c lib/io/headers.h \
	lib/io/hub.c lib/io/hub.h \
	lib/io/job.h \
	lib/io/keysource.c lib/io/keysource.h \
	lib/io/keysource_follow.c lib/io/keysource_need.c lib/io/keysource_pass.c lib/io/keysource_place.c lib/io/keysource_seek.c lib/io/keysource_thread.c \
	lib/io/learnt.c lib/io/learnt.h \
	lib/io/loop.c \
	lib/io/operation.h \
	lib/io/payload.c \
	lib/io/probe.c lib/io/probe.h \
	lib/io/queue.h \
	lib/io/run.c lib/io/run.h \
	lib/io/schema_file.c \
	lib/io/session.c lib/io/session.h \
	lib/io/session_callback.c lib/io/session_callback.h \
	lib/io/session_errand.c lib/io/session_errand.h \
	lib/io/session_finish.c \
	lib/io/session_keeper.c lib/io/session_keeper.h \
	lib/io/session_state.h \
	lib/io/setting.c \
	lib/io/sidecar.c lib/io/sidecar.h \
	lib/io/sidecar_refusal.c \
	lib/io/sigpipe.c lib/io/sigpipe.h \
	lib/io/target.c lib/io/target.h \
	lib/io/stats.c \
	lib/io/sys.c \
	lib/io/task.c lib/io/task.h \
	lib/io/token_line.c lib/io/token_line.h \
	lib/io/traffic.c lib/io/traffic.h \
	lib/io/transfer.c lib/io/transfer.h \
	lib/io/transform.c \
	lib/io/transit.c \
	lib/io/typed.c lib/io/typed.h \
	lib/io/vault.c \
	lib/io/watch.c lib/io/watch.h \
	lib/io/web.c lib/io/web.h

# transit
lib_libvc_la_SOURCES += lib/io/transit_batch.c lib/io/transit_key.c

# sys, tokens, wrapping
lib_libvc_la_SOURCES += \
	lib/io/sys_mount.c \
	lib/io/token.c \
	lib/io/wrapping.c

# transform
lib_libvc_la_SOURCES += lib/io/transform_batch.c lib/io/transform_object.c

# sealed files
lib_libvc_la_SOURCES += lib/io/seal.c
