# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Apache Kafka, one node that is broker and controller (KRaft), without encryption. Its jars come from Maven artifacts
# into a local repository of the cache folder, each held to its hash in kafka.sha256.

kafka_version=4.3.1
kafka_key=kafka-$kafka_version-$(sha256sum "$here/kafka.sha256") && kafka_key=${kafka_key:0:24}

kafka_get() {
    local tool
    for tool in java mvn; do
        command -v "$tool" >/dev/null || { svc_say "$tool is missing (Java 17 or newer and Maven)"; return 1; }
    done
    svc_cached "$kafka_key" kafka_fill
}

kafka_fill() {
    svc_say "getting Apache Kafka $kafka_version (45 MB, once)"
    cat >"$1/pom.xml" <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka_version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
END
    # The plugin's version is fixed too: what else Maven takes is its own matter, and is thrown away.
    svc_quietly "$1/log" mvn -B -q -f "$1/pom.xml" -Dmaven.repo.local="$1/repository" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies -DoutputDirectory="$1/lib" || return 1
    if ! (cd "$1/lib" && sha256sum --quiet --strict -c "$here/kafka.sha256" && [ "$(ls | wc -l)" = "$(wc -l <"$here/kafka.sha256")" ]) >&2; then
        svc_say "what Maven brought is not what kafka.sha256 lists"
        return 1
    fi
    rm -rf "$1/repository" "$1/log" "$1/pom.xml"
}

kafka_start() {
    svc_place kafka 2 || return 1
    local port=${svc_port[kafka]}
    kafka_properties kafka "$((port + 1))" >"${svc_dir[kafka]}/server.properties"
    cat >>"${svc_dir[kafka]}/server.properties" <<END
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
END
    kafka_spawn kafka
}

# kafka_properties NAME CONTROLLER-PORT: what all ways to run it have in common. New topics have 4 partitions.
kafka_properties() {
    cat <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
controller.listener.names=CONTROLLER
log.dirs=${svc_dir[$1]}/data
num.partitions=4
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
${VAULTCRYPT_KAFKA_PROPERTIES-}
END
}

# kafka_spawn NAME [OPTIONS-OF-FORMAT...]: formats the storage and becomes a loop around the server, because kafka-ctl may end that; all of it ends with `with`.
# Log lines of all but the one class that says when it is up are warnings only.
kafka_spawn() {
    local name=$1
    shift
    printf '127.0.0.1:%s\n' "${svc_port[$name]}" >"${svc_dir[$name]}/address"
    # shellcheck disable=SC2016
    svc_spawn "$name" sh -c 'ctl=$1 lib=$2 && shift 2 && setpriv --pdeathsig KILL -- java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$lib/*" \
            -Dorg.slf4j.simpleLogger.defaultLogLevel=error \
            kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c server.properties "$@" &&
        exec bash "$ctl" serve . java -Xmx512m -Xshare:auto -cp "$lib/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
            -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info kafka.Kafka server.properties' \
        sh "$here/kafka-ctl" "$svc_cache/$kafka_key/lib" "$@"
}

kafka_ready() { kafka_is_up kafka; }

kafka_is_up() { grep -qs 'Kafka Server started' "${svc_log[$1]}"; }

kafka_env() {
    export VAULTCRYPT_BROKERS=127.0.0.1:${svc_port[kafka]}
    export VAULTCRYPT_SERVICE_KAFKA_BROKERS=$VAULTCRYPT_BROKERS
    export VAULTCRYPT_SERVICE_KAFKA=${svc_dir[kafka]} VAULTCRYPT_SERVICE_KAFKA_LOG=${svc_log[kafka]} VAULTCRYPT_SERVICE_KAFKA_CTL=$here/kafka-ctl
    VAULTCRYPT_SERVICE_KAFKA_PID=$(<"${svc_dir[kafka]}/pid")
    export VAULTCRYPT_SERVICE_KAFKA_PID
}

kafka_stop() {
    svc_stop kafka
}
