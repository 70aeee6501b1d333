unit_tests += tests/unit/test_kafka_config tests/unit/test_kafka_files tests/unit/test_kafka_parts \
	tests/unit/test_kafka_transfer tests/unit/test_kafka_receive tests/unit/test_kafka_odd
unit_tests += tests/unit/test_kafka_frame tests/unit/test_kafka_letter tests/unit/test_kafka_letters

kafka_test_cppflags = $(TEST_CPPFLAGS) $(RDKAFKA_CFLAGS)
kafka_test_ldadd = lib/libvckafka.la $(CMOCKA_LIBS)

tests_unit_test_kafka_config_SOURCES = tests/unit/test_kafka_config.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_config_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_config_LDADD = $(kafka_test_ldadd)

tests_unit_test_kafka_parts_SOURCES = tests/unit/test_kafka_parts.c tests/unit/fake_client.c tests/unit/fake_client.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_parts_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_parts_LDADD = $(kafka_test_ldadd)

tests_unit_test_kafka_frame_SOURCES = tests/unit/test_kafka_frame.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_frame_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_frame_LDADD = $(kafka_test_ldadd)

tests_unit_test_kafka_letter_SOURCES = tests/unit/test_kafka_letter.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_letter_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_letter_LDADD = lib/libvckafka.la lib/libvaultcrypt.la $(CMOCKA_LIBS)

tests_unit_test_kafka_letters_SOURCES = tests/unit/test_kafka_letters.c tests/unit/fake_client.c tests/unit/fake_client.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_letters_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_letters_LDADD = $(kafka_test_ldadd)

tests_unit_test_kafka_files_SOURCES = tests/unit/test_kafka_files.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_files_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_files_LDADD = $(kafka_test_ldadd)

tests_unit_test_kafka_transfer_SOURCES = tests/unit/test_kafka_transfer.c tests/unit/fake_seal.c tests/unit/fake_seal.h \
	tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_transfer_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_transfer_LDADD = $(kafka_test_ldadd)

# fails system calls by taking libc's place
tests_unit_test_kafka_odd_SOURCES = tests/unit/test_kafka_odd.c tests/unit/fake_seal.c tests/unit/fake_seal.h tests/unit/test.h \
	tests/unit/inject.c
tests_unit_test_kafka_odd_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_odd_LDADD = $(kafka_test_ldadd)

check_PROGRAMS += tests/unit/test_kafka_flow
TESTS += tests/unit/test_kafka_flow
tests_unit_test_kafka_flow_SOURCES = tests/unit/test_kafka_flow.c tests/unit/kafka_world.c tests/unit/kafka_world.h \
	tests/unit/fake_client.c tests/unit/fake_client.h tests/unit/fake_seal.c tests/unit/fake_seal.h tests/unit/test.h
tests_unit_test_kafka_flow_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_flow_LDADD = $(kafka_test_ldadd)

tests_unit_test_kafka_receive_SOURCES = tests/unit/test_kafka_receive.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_receive_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_receive_LDADD = lib/libvckafka.la lib/libvaultcrypt.la $(CMOCKA_LIBS)

# The stream over a stand-in for libvaultcrypt and librdkafka's mock cluster. Takes some 20 s, so it is not part of check-fast.
check_PROGRAMS += tests/unit/test_kafka_stream
TESTS += tests/unit/test_kafka_stream
tests_unit_test_kafka_stream_SOURCES = tests/unit/test_kafka_stream.c tests/unit/apart.c tests/unit/apart.h tests/unit/kafka_world.c tests/unit/kafka_world.h \
	tests/unit/fake_client.c tests/unit/fake_client.h tests/unit/test.h
tests_unit_test_kafka_stream_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_stream_LDADD = $(kafka_test_ldadd)

# The same, where lanes fall back: some 30 s.
check_PROGRAMS += tests/unit/test_kafka_lanes
TESTS += tests/unit/test_kafka_lanes
tests_unit_test_kafka_lanes_SOURCES = tests/unit/test_kafka_lanes.c tests/unit/apart.c tests/unit/apart.h tests/unit/kafka_world.c tests/unit/kafka_world.h \
	tests/unit/fake_client.c tests/unit/fake_client.h tests/unit/test.h
tests_unit_test_kafka_lanes_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_lanes_LDADD = $(kafka_test_ldadd)

# What changes while it runs: schemas, topics, the group; some 15 s.
check_PROGRAMS += tests/unit/test_kafka_changes
TESTS += tests/unit/test_kafka_changes
tests_unit_test_kafka_changes_SOURCES = tests/unit/test_kafka_changes.c tests/unit/apart.c tests/unit/apart.h tests/unit/kafka_world.c \
	tests/unit/kafka_world.h tests/unit/fake_client.c tests/unit/fake_client.h tests/unit/test.h
tests_unit_test_kafka_changes_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_changes_LDADD = $(kafka_test_ldadd)

# Applications' own handles, over the same.
check_PROGRAMS += tests/unit/test_kafka_clients
TESTS += tests/unit/test_kafka_clients
tests_unit_test_kafka_clients_SOURCES = tests/unit/test_kafka_clients.c tests/unit/kafka_world.c tests/unit/kafka_world.h \
	tests/unit/fake_client.c tests/unit/fake_client.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_clients_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_clients_LDADD = $(kafka_test_ldadd)

# With the library itself, and no Vault.
check_PROGRAMS += tests/unit/test_kafka_pairs
TESTS += tests/unit/test_kafka_pairs
tests_unit_test_kafka_pairs_SOURCES = tests/unit/test_kafka_pairs.c tests/unit/pairs.h tests/unit/kafka_world.c tests/unit/kafka_world.h \
	tests/unit/fake_client.h tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_pairs_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_pairs_LDADD = lib/libvckafka.la lib/libvaultcrypt.la $(CMOCKA_LIBS)

unit_tests += tests/unit/test_kafka_stream_config
tests_unit_test_kafka_stream_config_SOURCES = tests/unit/test_kafka_stream_config.c tests/unit/test.h tests/unit/inject.c
tests_unit_test_kafka_stream_config_CPPFLAGS = $(kafka_test_cppflags)
tests_unit_test_kafka_stream_config_LDADD = lib/libvckafka.la lib/libvaultcrypt.la $(CMOCKA_LIBS)
