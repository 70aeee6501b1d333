#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt doctor on a real Apache Kafka 4 with SASL_SSL: what works, what is missing, and the trap of an old librdkafka.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_SASL-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" kafka-sasl -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
[ -x "$top_builddir/bin/vaultcrypt-doctor-kafka" ] || { echo "built without Kafka"; exit 77; }
folder=$VAULTCRYPT_SERVICE_KAFKA_SASL
finds() { # STATUS TEXT ARGS...
    crypt doctor-kafka "${@:3}"
    equal "$status" "$1" && holds "$(tr -s ' ' <out)" "$2"
}
check 'PLAIN over TLS' finds 0 'ok brokers 1: ' -F "$folder/alice-PLAIN.conf"
check 'a topic that is not there' finds 3 'FAULT topic nothing: ' -F "$folder/alice-PLAIN.conf" nothing
check 'is not made by looking' finds 3 'FAULT topic nothing: ' -F "$folder/alice-PLAIN.conf" nothing
sed 's/^sasl.password=.*/sasl.password=CANARYpassword/' "$folder/alice-PLAIN.conf" >wrong
check 'a wrong password' finds 5 'FAULT brokers' -F wrong
check 'is not told' lacks "$(cat out err)" CANARY
sed "s|^ssl.ca.location=.*|ssl.ca.location=$folder/other.pem|" "$folder/alice-PLAIN.conf" >untrusted
check 'a certificate that is not trusted' finds 5 'FAULT brokers' -F untrusted
version=$("$vaultcrypt" doctor-kafka -F "$folder/alice-PLAIN.conf" | sed -nE 's/.*librdkafka +version ([0-9.]+).*/\1/p')
if [ "$(printf '%s\n' "$version" 2.6.1 | sort -V | head -n 1)" = 2.6.1 ]; then
    check 'SCRAM' finds 0 'ok brokers' -F "$folder/alice-SCRAM-SHA-512.conf"
else
    check 'SCRAM, which this librdkafka cannot' finds 5 'FAULT brokers' -F "$folder/alice-SCRAM-SHA-512.conf"
    check 'and why' holds "$(cat out)" 'cannot log in to Kafka 4 by SCRAM-SHA-512'
fi
finish
