# the demo and its encryptor, against the embedded Vault and Kafka
TESTS += tests/integration/demo.sh tests/integration/encryptor.sh
EXTRA_DIST += tests/integration/demo.sh tests/integration/encryptor.sh
