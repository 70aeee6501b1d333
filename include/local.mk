vaultcryptdir = $(includedir)/vaultcrypt
dist_vaultcrypt_DATA = \
	include/vaultcrypt/attest.h \
	include/vaultcrypt/auth.h \
	include/vaultcrypt/batch.h \
	include/vaultcrypt/client.h \
	include/vaultcrypt/error.h \
	include/vaultcrypt/inspect.h \
	include/vaultcrypt/keyring.h \
	include/vaultcrypt/keysource.h \
	include/vaultcrypt/names.h \
	include/vaultcrypt/loop.h \
	include/vaultcrypt/message.h \
	include/vaultcrypt/payload.h \
	include/vaultcrypt/release_policy.h \
	include/vaultcrypt/request.h \
	include/vaultcrypt/schema.h \
	include/vaultcrypt/seal.h \
	include/vaultcrypt/sys.h \
	include/vaultcrypt/token.h \
	include/vaultcrypt/transform.h \
	include/vaultcrypt/transform_batch.h \
	include/vaultcrypt/transform_token.h \
	include/vaultcrypt/transit.h \
	include/vaultcrypt/transit_batch.h \
	include/vaultcrypt/transit_key.h \
	include/vaultcrypt/types.h \
	include/vaultcrypt/vault.h \
	include/vaultcrypt/vaultcrypt.h \
	include/vaultcrypt/vaultcrypt.hpp \
	include/vaultcrypt/version.h \
	include/vaultcrypt/wrapping.h
