# one suite for every server; see README.md beside this file
check_PROGRAMS += tests/conformance/run
tests_conformance_run_SOURCES = tests/conformance/run.c tests/conformance/client.c tests/conformance/client.h \
	tests/conformance/endpoint.c tests/conformance/recorded.c tests/conformance/recorded.h tests/conformance/row.c \
	tests/conformance/row.h tests/conformance/typed.c tests/conformance/typed.h tests/conformance/values.c \
	tests/conformance/values.h tests/unit/server.c tests/unit/server.h
tests_conformance_run_CPPFLAGS = $(TEST_CPPFLAGS)
tests_conformance_run_LDADD = $(TEST_LDADD) -lssl
conformance_suites = tests/conformance/suite/derived.ndjson tests/conformance/suite/encrypt.ndjson \
	tests/conformance/suite/jwt.ndjson tests/conformance/suite/keys.ndjson tests/conformance/suite/limits.ndjson \
	tests/conformance/suite/login.ndjson tests/conformance/suite/seal.ndjson tests/conformance/suite/sign.ndjson tests/conformance/suite/sys.ndjson \
	tests/conformance/suite/token.ndjson tests/conformance/suite/transform.ndjson tests/conformance/suite/wrapping.ndjson
TESTS += tests/conformance/check.sh
EXTRA_DIST += tests/conformance/README.md tests/conformance/check.sh tests/conformance/extract.py tests/conformance/excused.json \
	tests/conformance/recorded/vault-1.14.2.ndjson tests/conformance/report.py $(conformance_suites)
CLEANFILES += tests/conformance/results tests/conformance/results.log tests/conformance/results.md
tests/conformance/check.log: tests/conformance/run$(EXEEXT)

conformance-doc: all tests/conformance/run$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) VAULTCRYPT_REQUIRE_SERVICES=1 bash $(top_srcdir)/tests/conformance/check.sh --write-doc
