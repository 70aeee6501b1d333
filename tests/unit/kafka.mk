unit_tests += tests/unit/test_kafka_config tests/unit/test_kafka_parts

kafka_test_cppflags = $(TEST_CPPFLAGS) $(RDKAFKA_CFLAGS)
kafka_test_ldadd = lib/libvckafka.la $(CMOCKA_LIBS)

tests_unit_test_kafka_config_SOURCES = tests/unit/test_kafka_config.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_config_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_config_LDADD = $(kafka_test_ldadd)

tests_unit_test_kafka_parts_SOURCES = tests/unit/test_kafka_parts.c tests/unit/fake_client.c tests/unit/fake_client.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_parts_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_parts_LDADD = $(kafka_test_ldadd)

# The stream over a stand-in for libvaultcrypt and librdkafka's mock cluster. Takes some 20 s, so it is not part of check-fast.
check_PROGRAMS += tests/unit/test_kafka_stream
TESTS += tests/unit/test_kafka_stream
tests_unit_test_kafka_stream_SOURCES = tests/unit/test_kafka_stream.c tests/unit/kafka_world.c tests/unit/kafka_world.h \
	tests/unit/fake_client.c tests/unit/fake_client.h tests/unit/test.h
tests_unit_test_kafka_stream_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_stream_LDADD = $(kafka_test_ldadd)
