# whole programs against whole servers; each skips itself where its server cannot be had
TESTS += tests/integration/records.sh tests/integration/away.sh tests/integration/openbao.sh tests/integration/canary.sh
EXTRA_DIST += tests/integration/records.sh tests/integration/away.sh tests/integration/openbao.sh tests/integration/canary.sh \
	tests/integration/canary.py
include tests/integration/dev.mk
include tests/integration/typed.mk

# and without any
TESTS += tests/integration/cli.sh tests/integration/lines.sh
EXTRA_DIST += tests/integration/cli.sh tests/integration/lines.sh tests/integration/lib.sh
if WITH_KAFKA
include tests/integration/kafka.mk
endif
