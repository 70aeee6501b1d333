lib_libvc_la_SOURCES += \
	lib/crypto/aead.c lib/crypto/aead.h \
	lib/crypto/alphabet.c lib/crypto/alphabet.h \
	lib/crypto/ecdh.c lib/crypto/ecdh.h \
	lib/crypto/feistel.h lib/crypto/ff1.c lib/crypto/ff3.c \
	lib/crypto/failure.c lib/crypto/failure.h \
	lib/crypto/fpe.c lib/crypto/fpe.h \
	lib/crypto/format.c lib/crypto/format.h \
	lib/crypto/hash.c lib/crypto/hash.h \
	lib/crypto/hpke.c lib/crypto/hpke.h \
	lib/crypto/keypair.c lib/crypto/keypair.h \
	lib/crypto/keypair_number.c lib/crypto/keypair_state.h \
	lib/crypto/numeral.c lib/crypto/numeral.h \
	lib/crypto/oaep.c lib/crypto/oaep.h \
	lib/crypto/pem.c lib/crypto/pem.h \
	lib/crypto/pattern.c lib/crypto/pattern.h \
	lib/crypto/random.c lib/crypto/random.h \
	lib/crypto/segment.c lib/crypto/segment.h \
	lib/crypto/siv.c lib/crypto/siv.h \
	lib/crypto/syntax.c lib/crypto/syntax.h \
	lib/crypto/template.c lib/crypto/template.h \
	lib/crypto/width.c \
	lib/crypto/wrap.c lib/crypto/wrap.h
