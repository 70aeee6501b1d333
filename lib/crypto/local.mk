lib_libvc_la_SOURCES += \
	lib/crypto/aead.h lib/crypto/alphabet.h lib/crypto/fpe.h lib/crypto/hash.h lib/crypto/random.h lib/crypto/template.h
