# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Apache Kafka with TLS and passwords: the listener is SASL_SSL with PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. Users: admin (may all),
# alice and bob (may all as long as a resource has no access list). The certificate's authority is made at each start,
# and so are the passwords. librdkafka before 2.6.1 cannot do SCRAM with this Kafka.

# shellcheck source-path=SCRIPTDIR source=kafka.sh
. "$here/kafka.sh"

kafka-sasl_get() {
    command -v openssl >/dev/null || { svc_say 'openssl is missing'; return 1; }
    kafka_get
}

kafka-sasl_start() {
    svc_place kafka-sasl 3 || return 1
    local dir=${svc_dir[kafka-sasl]} port=${svc_port[kafka-sasl]} user plain='' scram=()
    svc_certificates "$dir" || return 1
    cat "$dir/server.key" "$dir/server.pem" >"$dir/keystore.pem"
    for user in admin alice bob; do
        (umask 077 && svc_random >"$dir/$user.password")
        plain+=" user_$user=\"$(<"$dir/$user.password")\""
        scram+=(--add-scram "SCRAM-SHA-256=[name=$user,password=$(<"$dir/$user.password")]"
            --add-scram "SCRAM-SHA-512=[name=$user,password=$(<"$dir/$user.password")]")
    done
    kafka_properties kafka-sasl "$((port + 1))" >"$dir/server.properties"
    cat >>"$dir/server.properties" <<END
listeners=SASL_SSL://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1)),INTERNAL://127.0.0.1:$((port + 2))
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=INTERNAL
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:ANONYMOUS;User:admin
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required$plain;
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=$dir/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/ca.pem
END
    kafka_spawn kafka-sasl "${scram[@]}"
}

kafka-sasl_ready() { kafka_is_up kafka-sasl; }

# Properties of librdkafka in files, one for each way to log in, because passwords do not belong on a command line.
kafka-sasl_env() {
    local dir=${svc_dir[kafka-sasl]} mechanism user
    for user in admin alice bob; do
        for mechanism in PLAIN SCRAM-SHA-256 SCRAM-SHA-512; do
            cat >"$dir/$user-$mechanism.conf" <<END
[default]
bootstrap.servers=127.0.0.1:${svc_port[kafka-sasl]}
security.protocol=SASL_SSL
ssl.ca.location=$dir/ca.pem
sasl.mechanisms=$mechanism
sasl.username=$user
sasl.password=$(<"$dir/$user.password")
END
        done
    done
    export VAULTCRYPT_SERVICE_KAFKA_SASL=$dir VAULTCRYPT_SERVICE_KAFKA_SASL_BROKERS=127.0.0.1:${svc_port[kafka-sasl]}
    export VAULTCRYPT_SERVICE_KAFKA_SASL_CA=$dir/ca.pem
    export VAULTCRYPT_SERVICE_KAFKA_SASL_USER=alice
    VAULTCRYPT_SERVICE_KAFKA_SASL_PASSWORD=$(<"$dir/alice.password")
    export VAULTCRYPT_SERVICE_KAFKA_SASL_PASSWORD
    export VAULTCRYPT_SERVICE_KAFKA_SASL_LOG=${svc_log[kafka-sasl]} VAULTCRYPT_SERVICE_KAFKA_SASL_CTL=$here/kafka-ctl
    VAULTCRYPT_SERVICE_KAFKA_SASL_PID=$(<"$dir/pid")
    export VAULTCRYPT_SERVICE_KAFKA_SASL_PID
}

kafka-sasl_stop() {
    svc_stop kafka-sasl
}
