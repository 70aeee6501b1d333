# whole programs against whole servers
include tests/integration/dev.mk
include tests/integration/typed.mk

# and without any
TESTS += tests/integration/cli.sh tests/integration/lines.sh
EXTRA_DIST += tests/integration/cli.sh tests/integration/lines.sh tests/integration/lib.sh
if WITH_KAFKA
include tests/integration/kafka.mk
endif
