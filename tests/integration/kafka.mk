# the demo and its encryptor, against the embedded Vault and Kafka
TESTS += tests/integration/demo.sh tests/integration/encryptor.sh tests/integration/examples.sh tests/integration/messages.sh
EXTRA_DIST += tests/integration/demo.sh tests/integration/encryptor.sh tests/integration/examples.sh tests/integration/messages.sh

# the demo of keys that are released by attestation
TESTS += tests/integration/attested.sh
EXTRA_DIST += tests/integration/attested.sh tests/integration/attested_memory.py

# and its programs on real servers
TESTS += tests/integration/real_kafka.sh tests/integration/kcat.sh tests/integration/scan.sh
EXTRA_DIST += tests/integration/real_kafka.sh tests/integration/kcat.sh tests/integration/scan.sh

# files, on real servers; the original demo's clients are written anew in Python
TESTS += tests/integration/files.sh
EXTRA_DIST += tests/integration/files.sh tests/integration/file_demo.py tests/integration/file_forge.py

# and on the embedded ones, with something away
TESTS += tests/integration/file_trouble.sh
EXTRA_DIST += tests/integration/file_trouble.sh

# dead letters, on real servers
TESTS += tests/integration/dlq.sh
EXTRA_DIST += tests/integration/dlq.sh tests/integration/dlq_topics.py

# streams as a service
TESTS += tests/integration/stream_program.sh
EXTRA_DIST += tests/integration/stream_program.sh tests/integration/stream_metrics.py

# streams under fire, and on wires that are all encrypted
TESTS += tests/integration/stream_chaos.sh tests/integration/stream_fire.sh tests/integration/stream_tls.sh
EXTRA_DIST += tests/integration/stream_chaos.sh tests/integration/stream_fire.sh tests/integration/stream_chaos.py tests/integration/stream_tls.sh

# the page that shows records, without a browser; and signals when brokers are away
TESTS += tests/integration/view.sh tests/integration/view_kafka.sh tests/integration/interrupt.sh
EXTRA_DIST += tests/integration/view.sh tests/integration/view_kafka.sh tests/integration/view_lib.sh tests/integration/view_slow.py tests/integration/interrupt.sh

# keys of a stream that are released by attestation
TESTS += tests/integration/keysource_stream.sh tests/integration/keysource_rotate.sh tests/integration/stream_reload.sh tests/integration/stream_reload_protect.sh tests/integration/stream_forged.sh tests/integration/hybrid_kafka.sh
EXTRA_DIST += tests/integration/hang.py tests/integration/keysource_stream.sh tests/integration/keysource_rotate.sh tests/integration/stream_reload.sh tests/integration/stream_reload_protect.sh tests/integration/stream_forged.sh tests/integration/hybrid_kafka.sh
