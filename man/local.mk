# man pages, mdoc
dist_man_MANS += \
	man/vaultcrypt-completion.1 \
	man/vaultcrypt-consume.1 \
	man/vaultcrypt-datakey.1 \
	man/vaultcrypt-decrypt.1 \
	man/vaultcrypt-dev.1 \
	man/vaultcrypt-dlq.1 \
	man/vaultcrypt-doctor.1 \
	man/vaultcrypt-encrypt.1 \
	man/vaultcrypt-format.5 \
	man/vaultcrypt-hash.1 \
	man/vaultcrypt-hmac.1 \
	man/vaultcrypt-inspect.1 \
	man/vaultcrypt-key.1 \
	man/vaultcrypt-lint.1 \
	man/vaultcrypt-login.1 \
	man/vaultcrypt-open.1 \
	man/vaultcrypt-produce.1 \
	man/vaultcrypt-random.1 \
	man/vaultcrypt-receive.1 \
	man/vaultcrypt-request.1 \
	man/vaultcrypt-rewrap.1 \
	man/vaultcrypt-scan.1 \
	man/vaultcrypt-schema.5 \
	man/vaultcrypt-seal.1 \
	man/vaultcrypt-send.1 \
	man/vaultcrypt-setup.1 \
	man/vaultcrypt-sign.1 \
	man/vaultcrypt-status.1 \
	man/vaultcrypt-stream.1 \
	man/vaultcrypt-stream.yaml.5 \
	man/vaultcrypt-token.1 \
	man/vaultcrypt-unwrap.1 \
	man/vaultcrypt-value.1 \
	man/vaultcrypt-verify.1 \
	man/vaultcrypt-wrap.1 \
	man/vaultcrypt.1
