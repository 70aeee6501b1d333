unit_tests += tests/unit/test_io tests/unit/test_io_config tests/unit/test_io_tls

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
