# Fuzz targets: one line each here, tests/fuzz/fuzz_X.c with LLVMFuzzerTestOneInput(), and seeds in tests/fuzz/seeds/X/.
# (A target that needs more than lib/ has its own _SOURCES and _LDADD, as fuzz_json has.)
fuzz_targets =
fuzz_targets += tests/fuzz/fuzz_attest
fuzz_targets += tests/fuzz/fuzz_base64
fuzz_targets += tests/fuzz/fuzz_demo
fuzz_targets += tests/fuzz/fuzz_inspect
fuzz_targets += tests/fuzz/fuzz_json
fuzz_targets += tests/fuzz/fuzz_jwk
fuzz_targets += tests/fuzz/fuzz_kroxylicious
fuzz_targets += tests/fuzz/fuzz_login
fuzz_targets += tests/fuzz/fuzz_manifest
fuzz_targets += tests/fuzz/fuzz_path
fuzz_targets += tests/fuzz/fuzz_policy
fuzz_targets += tests/fuzz/fuzz_record
fuzz_targets += tests/fuzz/fuzz_schema
fuzz_targets += tests/fuzz/fuzz_stream
fuzz_targets += tests/fuzz/fuzz_sys
fuzz_targets += tests/fuzz/fuzz_template
fuzz_targets += tests/fuzz/fuzz_token
fuzz_targets += tests/fuzz/fuzz_transit
fuzz_targets += tests/fuzz/fuzz_vault
if WITH_KAFKA
fuzz_targets += tests/fuzz/fuzz_frame tests/fuzz/fuzz_letter
endif

if WITH_KAFKA
fuzz_targets += tests/fuzz/fuzz_view
tests_fuzz_fuzz_view_SOURCES = tests/fuzz/fuzz_view.c bin/view_json.c bin/view_request.c
tests_fuzz_fuzz_view_CPPFLAGS = -D_GNU_SOURCE $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) -I$(top_srcdir)/bin
tests_fuzz_fuzz_view_LDADD = $(fuzz_driver) $(CRYPTO_LIBS)
endif

if WITH_KAFKA
fuzz_targets += tests/fuzz/fuzz_journal
tests_fuzz_fuzz_journal_LDADD = lib/libvckafka.la $(FUZZ_LDADD)
endif

# In every build they are made with replay.c and take their seeds in `make check`; with --enable-fuzzing with libFuzzer.
if FUZZING
fuzz_driver = $(FUZZ_LDFLAGS)
else
check_LTLIBRARIES += tests/fuzz/libreplay.la
tests_fuzz_libreplay_la_SOURCES = tests/fuzz/replay.c
fuzz_driver = tests/fuzz/libreplay.la
endif
FUZZ_LDADD = lib/libvc.la $(fuzz_driver)
LDADD = $(FUZZ_LDADD)

fuzz_scan_all = tests/unit/json_scan_all.c tests/unit/json_scan_all.h
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(fuzz_scan_all)
tests_fuzz_fuzz_json_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_json_LDADD = tests/unit/libportable.la $(FUZZ_LDADD)
tests_fuzz_fuzz_path_SOURCES = tests/fuzz/fuzz_path.c $(fuzz_scan_all)
tests_fuzz_fuzz_path_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_path_LDADD = tests/unit/libportable.la $(FUZZ_LDADD)

# of libvaultcrypt-kafka
tests_fuzz_fuzz_frame_LDADD = lib/libvckafka.la $(fuzz_driver)
tests_fuzz_fuzz_letter_LDADD = lib/libvckafka.la lib/libvc.la $(fuzz_driver)

check_PROGRAMS += $(fuzz_targets)
TESTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/replay.c tests/fuzz/replay.sh tests/fuzz/run.sh tests/fuzz/seeds \
	tests/fuzz/json.dict tests/fuzz/path.dict tests/fuzz/schema.dict tests/fuzz/vault.dict \
	tests/fuzz/base64.dict tests/fuzz/template.dict tests/fuzz/token.dict

# make fuzz FUZZ_TARGETS='token record': those alone
FUZZ_SECONDS = 60
FUZZ_TARGETS =
fuzz: $(fuzz_targets)
if FUZZING
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	  bash $(top_srcdir)/tests/fuzz/run.sh $(FUZZ_SECONDS) \
	    $(if $(FUZZ_TARGETS),$(FUZZ_TARGETS:%=tests/fuzz/fuzz_%),$(fuzz_targets))
else
	@echo 'fuzz: this build has no libFuzzer; configure with CC=clang --enable-fuzzing --enable-sanitizers' >&2; exit 1
endif

clean-local:
	-rm -rf tests/fuzz/corpus tests/fuzz/finds tests/fuzz/*.log
