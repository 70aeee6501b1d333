lib_libvc_la_SOURCES += \
	lib/keys/attest_reply.c lib/keys/attest_reply.h \
	lib/keys/datakey.c lib/keys/datakey.h \
	lib/keys/fetch.c lib/keys/fetch.h \
	lib/keys/fetch_need.h \
	lib/keys/fetch_run.c \
	lib/keys/fetch_single.c \
	lib/keys/policy_text.c lib/keys/policy_text.h \
	lib/keys/release_claims.c \
	lib/keys/release_decide.c \
	lib/keys/release_policy.c lib/keys/release_policy.h \
	lib/keys/jwk.c lib/keys/jwk.h \
	lib/keys/ring.c lib/keys/ring.h \
	lib/keys/ring_cache.c \
	lib/keys/ring_pair.c lib/keys/ring_state.h \
	lib/keys/ring_seek.c \
	lib/keys/ring_static.c \
	lib/keys/ring_use.c \
	lib/keys/ring_vault.c \
	lib/keys/slots.c lib/keys/slots.h \
	lib/keys/table.c lib/keys/table.h
