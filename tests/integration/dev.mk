# vaultcrypt-dev
if WITH_KAFKA
TESTS += tests/integration/dev_life.sh tests/integration/dev_replay.sh tests/integration/dev_hvac.sh
endif
EXTRA_DIST += tests/integration/dev_life.sh tests/integration/dev_replay.sh tests/integration/dev_replay.py tests/integration/dev_hvac.sh \
	tests/integration/dev_hvac.py tests/integration/recorded/differences.json \
	tests/integration/recorded/vault-1.14.2.ndjson tests/integration/recorded/openbao-2.7.2.ndjson \
	tests/integration/recorded/openbao-2.7.2-odd.ndjson
