TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	VAULTCRYPT_VECTORS="$${VAULTCRYPT_VECTORS-$(abs_top_srcdir)/../shared/vectors}" CMOCKA_MESSAGE_OUTPUT=TAP \
	PYTHON3='$(PYTHON3)' SANITIZED='$(sanitized)' CC='$(CC)'; export top_srcdir top_builddir VAULTCRYPT_VECTORS CMOCKA_MESSAGE_OUTPUT \
	PYTHON3 SANITIZED CC;
if SANITIZED
sanitized = 1
else
sanitized =
endif

# Unit tests print TAP through cmocka; scripts answer with automake's exit codes (0, 77 skip, 99 hard error).
LOG_COMPILER = bash $(top_srcdir)/tests/unit/tap.sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER_FLAGS = --comments

TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(CURL_CFLAGS) $(JSONC_CFLAGS) $(YAML_CFLAGS) $(PCRE2_CFLAGS) $(CMOCKA_CFLAGS) \
	-I$(top_srcdir)/tests
TEST_LDADD = lib/libvc.la $(CMOCKA_LIBS)

if WITH_TESTS
include tests/unit/local.mk
include tests/layers/local.mk
include tests/abi/local.mk
endif
if ALL_TESTS
include tests/alloc/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/conformance/local.mk
include tests/deploy/local.mk
include tests/integration/local.mk
include tests/services/local.mk
include tests/soak/local.mk
if WITH_KAFKA
include tests/browser/local.mk
endif
endif

# The unit tests and static checks alone: seconds, no server.
# One after the other: `all` is a make of its own, and two of them at once would both link the library.
check-fast: all
	@$(MAKE) $(AM_MAKEFLAGS) $(unit_tests)
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests) tests/layers/check.sh tests/layers/papers.sh tests/abi/headers.sh tests/abi/symbols.sh'
