# vaultcrypt-dev. No script here may have the name of a test with another ending: automake would take it for the test.
if WITH_KAFKA
TESTS += tests/integration/dev_life.sh tests/integration/dev_replay.sh tests/integration/dev_hvac.sh tests/integration/hostile.sh
check_PROGRAMS += tests/integration/hostile
tests_integration_hostile_SOURCES = tests/integration/hostile.c
tests_integration_hostile_LDADD = lib/libvaultcrypt.la
TESTS += tests/integration/dev_tls.sh tests/integration/dev_cluster.sh tests/integration/skr.sh tests/integration/docs_attested.sh
endif
EXTRA_DIST += \
	tests/integration/skr.sh tests/integration/docs_attested.sh \
	tests/integration/dev_hvac.sh \
	tests/integration/dev_life.sh \
	tests/integration/dev_replay.sh \
	tests/integration/hostile.sh \
	tests/integration/hvac_drive.py tests/integration/hvac_tokens.py \
	tests/integration/dev_cluster.sh \
	tests/integration/dev_tls.sh \
	tests/integration/recorded/differences.json \
	tests/integration/recorded/openbao-2.7.2-auth.ndjson \
	tests/integration/recorded/openbao-2.7.2-odd.ndjson \
	tests/integration/recorded/openbao-2.7.2-sys.ndjson \
	tests/integration/recorded/openbao-2.7.2-transit.ndjson \
	tests/integration/recorded/openbao-2.7.2.ndjson \
	tests/integration/recorded/record.py \
	tests/integration/recorded/replay.py \
	tests/integration/recorded/vault-1.14.2.ndjson
