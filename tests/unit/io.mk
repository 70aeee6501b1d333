unit_tests += tests/unit/test_io tests/unit/test_io_config tests/unit/test_io_tls tests/unit/test_io_vault
unit_tests += tests/unit/test_io_headers
tests_unit_test_io_SOURCES = tests/unit/test_io.c tests/unit/client.c tests/unit/client.h tests/unit/server.c \
	tests/unit/server.h tests/unit/test.h
tests_unit_test_io_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_LDADD = $(TEST_LDADD) -lssl

tests_unit_test_io_config_SOURCES = tests/unit/test_io_config.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_io_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_config_LDADD = $(TEST_LDADD) -lssl

tests_unit_test_io_tls_SOURCES = tests/unit/test_io_tls.c tests/unit/client.c tests/unit/client.h tests/unit/server.c \
	tests/unit/server.h tests/unit/test.h
tests_unit_test_io_tls_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_tls_LDADD = $(TEST_LDADD) -lssl

tests_unit_test_io_vault_SOURCES = tests/unit/test_io_vault.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_vault_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_vault_LDADD = $(TEST_LDADD) -lssl

tests_unit_test_io_headers_SOURCES = tests/unit/test_io_headers.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_headers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_headers_LDADD = $(TEST_LDADD) -lssl

unit_tests += tests/unit/test_io_learnt
tests_unit_test_io_learnt_SOURCES = tests/unit/test_io_learnt.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_learnt_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_learnt_LDADD = $(TEST_LDADD) -lssl

unit_tests += tests/unit/test_io_loop tests/unit/test_io_scope
tests_unit_test_io_loop_SOURCES = tests/unit/test_io_loop.c tests/unit/client.c tests/unit/client.h tests/unit/poller.c \
	tests/unit/poller.h tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_loop_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_loop_LDADD = $(TEST_LDADD) -lssl

tests_unit_test_io_scope_SOURCES = tests/unit/test_io_scope.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_scope_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_scope_LDADD = $(TEST_LDADD) -lssl

# the session: by hand, with a clock of the test's own
unit_tests += tests/unit/test_io_session
tests_unit_test_io_session_SOURCES = tests/unit/test_io_session.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_io_session_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_session_LDADD = $(TEST_LDADD)
unit_tests += tests/unit/test_io_auth
tests_unit_test_io_auth_SOURCES = tests/unit/test_io_auth.c tests/unit/client.c tests/unit/client.h tests/unit/server.c \
	tests/unit/server.h tests/unit/test.h
tests_unit_test_io_auth_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_auth_LDADD = $(TEST_LDADD) -lssl

unit_tests += tests/unit/test_io_cluster
tests_unit_test_io_cluster_SOURCES = tests/unit/test_io_cluster.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_cluster_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_cluster_LDADD = $(TEST_LDADD) -lssl

unit_tests += tests/unit/test_io_hostile
tests_unit_test_io_hostile_SOURCES = tests/unit/test_io_hostile.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_hostile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_hostile_LDADD = $(TEST_LDADD) -lssl

unit_tests += tests/unit/test_io_payload
tests_unit_test_io_payload_SOURCES = tests/unit/test_io_payload.c tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_payload_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_payload_LDADD = $(TEST_LDADD) -lssl

# key sources: by a clock of the test's own
unit_tests += tests/unit/test_io_keysource
tests_unit_test_io_keysource_SOURCES = tests/unit/test_io_keysource.c tests/unit/pairs.h tests/unit/client.c tests/unit/client.h \
	tests/unit/server.c tests/unit/server.h tests/unit/test.h
tests_unit_test_io_keysource_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_keysource_LDADD = $(TEST_LDADD) -lssl $(CRYPTO_LIBS)

unit_tests += tests/unit/test_io_attest
tests_unit_test_io_attest_SOURCES = tests/unit/test_io_attest.c tests/unit/client.c tests/unit/client.h tests/unit/server.c \
	tests/unit/server.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_io_attest_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_attest_LDADD = $(TEST_LDADD) -lssl

unit_tests += tests/unit/test_io_keysource_seek
tests_unit_test_io_keysource_seek_SOURCES = tests/unit/test_io_keysource_seek.c tests/unit/pairs.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_io_keysource_seek_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_io_keysource_seek_LDADD = $(TEST_LDADD)
