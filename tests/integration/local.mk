# whole programs against whole servers
include tests/integration/dev.mk

# and without any
TESTS += tests/integration/cli.sh
EXTRA_DIST += tests/integration/cli.sh
