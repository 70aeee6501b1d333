# whole programs against whole servers; each skips itself where its server cannot be had
TESTS += tests/integration/keys.sh tests/integration/token.sh tests/integration/rewrap.sh tests/integration/doctor.sh tests/integration/doctor_kafka.sh tests/integration/records.sh tests/integration/away.sh tests/integration/openbao.sh tests/integration/canary.sh
EXTRA_DIST += tests/integration/keys.sh tests/integration/token.sh tests/integration/rewrap.sh tests/integration/doctor.sh tests/integration/doctor_kafka.sh tests/integration/records.sh tests/integration/away.sh tests/integration/openbao.sh tests/integration/canary.sh \
	tests/integration/canary.py
TESTS += tests/integration/seal.sh
EXTRA_DIST += tests/integration/seal.sh
TESTS += tests/integration/keysource.sh
EXTRA_DIST += tests/integration/keysource.sh
include tests/integration/dev.mk
include tests/integration/auth.mk
include tests/integration/typed.mk

TESTS += tests/integration/methods.sh tests/integration/setup_methods.sh
EXTRA_DIST += tests/integration/methods.sh tests/integration/setup_methods.sh

TESTS += tests/integration/inspect.sh
EXTRA_DIST += tests/integration/inspect.sh

# formats of others, against Python
check_PROGRAMS += tests/integration/foreign
tests_integration_foreign_SOURCES = tests/integration/foreign.c
tests_integration_foreign_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_foreign_LDADD = lib/libvc.la
TESTS += tests/integration/foreign.sh
EXTRA_DIST += tests/integration/foreign.sh tests/integration/foreign.py tests/integration/kroxylicious.py tests/integration/demo_payload.py

# and without any
TESTS += tests/integration/cli.sh tests/integration/lines.sh tests/integration/manual.sh tests/integration/completion.sh
EXTRA_DIST += tests/integration/cli.sh tests/integration/lines.sh tests/integration/manual.sh tests/integration/completion.sh tests/integration/lib.sh
if WITH_KAFKA
include tests/integration/kafka.mk
endif

# the format, read by another program
TESTS += tests/integration/format_python.sh tests/integration/hybrid_python.sh
EXTRA_DIST += tests/integration/hybrid_python.sh tests/integration/hybrid_python.py tests/integration/format_python.sh tests/integration/format_python.py examples/format/read.py
