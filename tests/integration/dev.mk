# vaultcrypt-dev. No script here may have the name of a test with another ending: automake would take it for the test.
if WITH_KAFKA
TESTS += tests/integration/dev_life.sh tests/integration/dev_replay.sh tests/integration/dev_hvac.sh
endif
EXTRA_DIST += \
	tests/integration/dev_hvac.sh \
	tests/integration/dev_life.sh \
	tests/integration/dev_replay.sh \
	tests/integration/hvac_drive.py \
	tests/integration/recorded/differences.json \
	tests/integration/recorded/openbao-2.7.2-odd.ndjson \
	tests/integration/recorded/openbao-2.7.2.ndjson \
	tests/integration/recorded/replay.py \
	tests/integration/recorded/vault-1.14.2.ndjson
