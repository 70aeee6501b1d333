# whole programs against whole servers
include tests/integration/dev.mk
