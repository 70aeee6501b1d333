# real servers for tests; see README.md beside this file
EXTRA_DIST += tests/services/README.md tests/services/with tests/services/common.sh tests/services/openbao.sh \
	tests/services/openbao-tls.sh tests/services/openbao-ctl tests/services/kafka-ctl tests/services/ctl.sh tests/services/kafka.sh tests/services/kafka-sasl.sh tests/services/kafka-three.sh \
	tests/services/kafka.sha256 tests/services/roundtrip.py tests/services/venv tests/services/requirements.txt \
	tests/services/requirements-files.txt tests/services/requirements-format.txt tests/services/requirements-metrics.txt tests/services/requirements-deploy.txt tests/services/requirements-kafka.txt
TESTS += tests/services/selftest.sh tests/services/selftest_tls.sh tests/services/selftest_kafka.sh
EXTRA_DIST += tests/services/selftest.sh tests/services/selftest_tls.sh tests/services/selftest_kafka.sh \
	tests/services/selftest_lib.sh
