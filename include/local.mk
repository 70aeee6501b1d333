vaultcryptdir = $(includedir)/vaultcrypt
dist_vaultcrypt_DATA = \
	include/vaultcrypt/batch.h \
	include/vaultcrypt/client.h \
	include/vaultcrypt/error.h \
	include/vaultcrypt/request.h \
	include/vaultcrypt/schema.h \
	include/vaultcrypt/sys.h \
	include/vaultcrypt/transform.h \
	include/vaultcrypt/transit.h \
	include/vaultcrypt/types.h \
	include/vaultcrypt/vaultcrypt.h \
	include/vaultcrypt/version.h
