# real servers for tests; see README.md beside this file
EXTRA_DIST += tests/services/README.md tests/services/with tests/services/common.sh tests/services/openbao.sh \
	tests/services/venv tests/services/requirements.txt
TESTS += tests/services/selftest.sh
EXTRA_DIST += tests/services/selftest.sh
