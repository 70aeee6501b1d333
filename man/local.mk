# man pages, mdoc
dist_man_MANS += \
	man/vaultcrypt.1 \
	man/vaultcrypt-dev.1 \
	man/vaultcrypt-schema.5
