TESTS += tests/layers/check.sh
EXTRA_DIST += tests/layers/check.sh
