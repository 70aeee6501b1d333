# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Apache Kafka, three nodes that are brokers and controllers (KRaft), without encryption: all that brokers keep has three copies, of which two must
# have it (min.insync.replicas), so one of them may die at any time.

# shellcheck source-path=SCRIPTDIR source=kafka.sh
. "$here/kafka.sh"

kafka-three_get() { kafka_get; }

kafka-three_start() {
    svc_place kafka-three 6 || return 1
    local dir=${svc_dir[kafka-three]} port=${svc_port[kafka-three]} i voters=''
    for i in 1 2 3; do
        voters+=${voters:+,}$i@127.0.0.1:$((port + 2 + i))
    done
    for i in 1 2 3; do
        mkdir "$dir/$i" || return 1
        svc_dir[kafka-three-$i]=$dir/$i svc_log[kafka-three-$i]=$dir/$i/log svc_port[kafka-three-$i]=$((port + i - 1))
        kafka_properties "kafka-three-$i" 0 | sed -E "s/^(node.id=).*/\1$i/; s/^(controller.quorum.voters=).*/\1$voters/
            s/(replication\.factor=).*/\13/; s/(min\.isr|min\.insync\.replicas)=.*/\1=2/" >"$dir/$i/server.properties"
        cat >>"$dir/$i/server.properties" <<END
listeners=PLAINTEXT://127.0.0.1:$((port + i - 1)),CONTROLLER://127.0.0.1:$((port + 2 + i))
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
default.replication.factor=3
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
END
        kafka_spawn "kafka-three-$i"
    done
    svc_pid[kafka-three]=${svc_pid[kafka-three-1]} svc_log[kafka-three]=${svc_log[kafka-three-1]}
}

kafka-three_ready() {
    kafka_is_up kafka-three-1 && kafka_is_up kafka-three-2 && kafka_is_up kafka-three-3
}

kafka-three_env() {
    local port=${svc_port[kafka-three]}
    export VAULTCRYPT_BROKERS=127.0.0.1:$port,127.0.0.1:$((port + 1)),127.0.0.1:$((port + 2))
    export VAULTCRYPT_SERVICE_KAFKA_THREE=${svc_dir[kafka-three]} VAULTCRYPT_SERVICE_KAFKA_THREE_BROKERS=$VAULTCRYPT_BROKERS
    export VAULTCRYPT_SERVICE_KAFKA_THREE_CTL=$here/kafka-ctl VAULTCRYPT_SERVICE_KAFKA_THREE_LOG=${svc_log[kafka-three]}
}

kafka-three_stop() {
    local i
    for i in 1 2 3; do
        svc_stop "kafka-three-$i"
    done
    unset 'svc_pid[kafka-three]'
    svc_stop kafka-three
}
