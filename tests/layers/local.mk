TESTS += tests/layers/check.sh tests/layers/papers.sh
EXTRA_DIST += tests/layers/check.sh tests/layers/papers.sh
