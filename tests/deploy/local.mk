# what is in deploy/
TESTS += tests/deploy/check.sh
EXTRA_DIST += tests/deploy/check.sh tests/deploy/check.py tests/deploy/attested.py deploy
