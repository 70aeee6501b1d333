#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# files.sh [MIB [KILLS [KILL-MB]]]: a large file (10 240 MiB) over a real Kafka: its bytes, the memory of both programs (at most 64 MiB
# each), and the time beside that of the same programs with segments that are not sealed: `checked` with the SHA-256 of the file, which is the
# transfer's (goal: at least 0.9), and `bare` without it; then kill -9 of both sides 50 times over files of 500 MB. Needs some four times MIB of disk. `make soak-files` runs it, and so does `make soak`.
# Exit status: 0, 1, 77 no servers or too little room, 99 cannot be run.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh disable=SC2317
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
mib=${1:-10240} kills=${2:-50} kill_mb=${3:-500}
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_BROKERS-}" ]; then
    script=$here/$(basename "$0")
    cd "$here" && rm -rf "$scratch" && exec "$top_srcdir/tests/services/with" openbao kafka -- "$BASH" "$script" "$@"
fi
plain=$top_builddir/tests/bench
[ -x "$plain/send-plain" ] || { echo "no $plain/send-plain: make tests/bench/send-plain tests/bench/receive-plain"; exit 99; }
free_mib=$(df -Pm "$scratch" | awk 'NR == 2 { print $4 }')
[ "$free_mib" -ge $((mib * 4 + 4096)) ] || { echo "only $free_mib MiB of disk are free: $((mib * 4 + 4096)) are wanted"; exit 77; }
api POST sys/mounts/transit '{"type":"transit"}' >/dev/null
"$vaultcrypt" key create files >/dev/null || exit 99

# measured CMD...: seconds and the most kibibytes of memory
measured() {
    python3 -c 'import resource, subprocess, sys, time
begin = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print("%.2f %d" % (time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)' "$@"
}
say_rate() { # TITLE SECONDS KIB
    awk -v title="$1" -v mib="$mib" -v s="$2" -v kib="$3" 'BEGIN { printf "# %-18s %8.2f s %8.0f MiB/s %8.1f MiB of memory\n", title, s, mib / s, kib / 1024 }'
}

python=$("$top_srcdir/tests/services/venv" kafka) || exit $?
# The broker's disk is given back.
drop_topic() {
    "$python" -c 'import os, sys
from confluent_kafka.admin import AdminClient
admin = AdminClient({"bootstrap.servers": os.environ["VAULTCRYPT_BROKERS"]})
admin.delete_topics([sys.argv[1]])[sys.argv[1]].result()' "$1"
}

echo "# $mib MiB"
openssl enc -aes-128-ctr -nosalt -pass pass:soak -in <(head -c "${mib}M" /dev/zero) -out large 2>/dev/null
digest=$(sha256sum <large)
mkdir sealed checked bare
sync
for round in 1 2; do # in turn, so that neither has the warmer cache
    for kind in sealed checked bare; do
        rm -f "$kind"/*
        send=("$vaultcrypt" send) receive=("$vaultcrypt" receive)
        [ "$kind" = sealed ] || { send=("$plain/send-plain"); receive=("$plain/receive-plain"); }
        [ "$kind" != checked ] || { send=(env FAKE_SEAL_DIGEST=1 "${send[@]}"); receive=(env FAKE_SEAL_DIGEST=1 "${receive[@]}"); }
        run measured "${send[@]}" -k files -q --no-state large "$kind$round"
        check "$kind: sent" equal "$status" 0
        read -r "send_${kind}_$round" kib <out
        seconds=send_${kind}_$round
        say_rate "$kind: send" "${!seconds}" "$kib"
        [ "$kind" != sealed ] || check "memory of the sender" [ "$kib" -le 65536 ]
        sync
        run measured "${receive[@]}" -k files -q -n 1 "$kind$round" "$kind"
        check "$kind: received" equal "$status" 0
        read -r "receive_${kind}_$round" kib <out
        seconds=receive_${kind}_$round
        say_rate "$kind: receive" "${!seconds}" "$kib"
        [ "$kind" != sealed ] || check "memory of the receiver" [ "$kib" -le 65536 ]
        check "$kind: the digest is the same" equal "$(sha256sum <"$kind/large")" "$digest"
        rm -f "$kind/large"
        drop_topic "$kind$round"
    done
done
# shellcheck disable=SC2154
for kind in checked bare; do
    sums=()
    for way in send receive; do
        for of in $kind sealed; do
            first=${way}_${of}_1 second=${way}_${of}_2
            sums+=("$(awk -v a="${!first}" -v b="${!second}" 'BEGIN { print a + b }')")
        done
    done
    awk -v kind="$kind" -v a="${sums[0]}" -v b="${sums[1]}" -v c="${sums[2]}" -v d="${sums[3]}" 'BEGIN {
        printf "# sealed beside %s: send %.2f, receive %.2f, both %.2f of the speed\n", kind, a / b, c / d, (a + c) / (b + d) }'
done

echo "# kill -9, $kills times over $kill_mb MB"
rm -f large
check 'the test of files holds' env FILES_KILLS="$kills" FILES_MB="$kill_mb" VAULT_ADDR="$VAULT_ADDR" \
    bash "$here/../integration/files.sh"
finish
