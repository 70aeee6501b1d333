#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt seal and open: on the embedded Vault, on a real OpenBao, and with a key of their own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ] && [ -z "${ON_DEV-}" ]; then
    ON_DEV=1 bash "$0"
    dev_status=$?
    [ "$dev_status" = 0 ] || [ "$dev_status" = 77 ] || exit "$dev_status"
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
if [ -n "${ON_DEV-}" ]; then
    have_dev
    echo '# on the embedded Vault'
    dev_start
else
    echo '# on OpenBao'
fi
says() { ends "$1" "${@:3}" && holds "$(cat err)" "$2"; } # STATUS TEXT ARGS...
absent() { [ ! -e "$1" ]; }
nothing_passing() { equal "$(find . -name '.*.??????' -newer started)" ''; }
touch started

api POST sys/mounts/transit '{"type":"transit"}' >api.out
api POST sys/mounts/team/transit '{"type":"transit"}' >api.out
for key in transit/keys/files transit/keys/other team/transit/keys/files; do api POST "$key" '{}' >api.out; done

# -- there and back ------------------------------------------------------------------------------------------------------
head -c 3000000 /dev/urandom >three
for size in 0 1 1048575 1048576 1048577 3000000; do
    head -c "$size" three >in
    check "$size bytes are sealed" ends 0 seal -k files -o "sealed.$size" in
    check "and opened" ends 0 open -k files "sealed.$size"
    check "to what they were" same in out
done
check 'into a file' ends 0 open -k files -o back sealed.3000000
check 'whole' same three back
check 'which only its owner reads' equal "$(stat -c %a back)" 600
check 'as the sealed one' equal "$(stat -c %a sealed.3000000)" 600
check 'through pipes' bash -c "set -o pipefail; '$vaultcrypt' seal -k files <three | '$vaultcrypt' open -k files | cmp - three"
check 'small segments too' bash -c "set -o pipefail; '$vaultcrypt' seal -k files --segment 1024 <three | '$vaultcrypt' open -k files | cmp - three"
check 'a segment goes out when it is whole' bash -c "{ cat sealed.3000000 | head -c 1500000; sleep 5; } | '$vaultcrypt' open -k files 2>/dev/null | timeout 4 head -c 1048576 | cmp -n 1048576 - three"
printf 'a secret of 26 characters.' >secret
check 'a text' ends 0 seal -k files secret
check 'is not in what is sealed' bash -c '! grep -aq "secret of 26" out'
check 'nor is its name' bash -c '! grep -aq secret out'
truncate -s 20M sparse
check 'holes' bash -c "set -o pipefail; '$vaultcrypt' seal -k files sparse | '$vaultcrypt' open -k files | cmp - sparse"
check 'another mount' ends 0 seal -k team/transit/files -o team.vc three
check 'is another key' says 1 'not one that was allowed' open -k files team.vc
check 'and opens by its own' ends 0 open -k other -k team/transit/files team.vc
check 'whole again' same out three
api POST transit/keys/files/rotate '{}' >api.out
check 'after a rotation' ends 0 open -k files sealed.3000000
check 'to the same' same out three

# -- mode and time ----------------------------------------------------------------------------------------------------------
cp secret old && chmod 4751 old && touch -d '2001-02-03 04:05:06.789' old
check 'a file with a mode' ends 0 seal -k files -o old.vc old
check 'is opened with it' ends 0 open -k files -p -o new old.vc
check 'without its setuid' equal "$(stat -c %a new)" 751
check 'and with its time' equal "$(stat -c %y new)" "$(stat -c %y old)"
check 'that goes with a file' says 2 'goes with -o' open -k files -p old.vc

# -- what is not to be ------------------------------------------------------------------------------------------------------
check 'a key is needed' says 2 'a key is needed' seal three
check 'one' says 2 'one key' seal -k files -k other three
check 'one that is there' ends 3 seal -k nobody three
check 'a mount that is there' ends 3 seal -k nowhere/files three
check 'no wrong segments' ends 2 seal -k files --segment 1000 three
check 'another key' says 1 'which is not one that was allowed' open -k other sealed.3000000
check 'gives nothing' equal "$(wc -c <out)" 0
check 'a context' ends 0 seal -k files --context payroll -o payroll.vc three
check 'has to be told' says 1 'context' open -k files payroll.vc
check 'rightly' says 1 'context' open -k files --context pay payroll.vc
check 'among others' ends 0 open -k files --context pay --context payroll payroll.vc
check 'and then it opens' same out three
check 'plaintext is no sealed file' says 1 'not a sealed file' open -k files three
check 'nor is a folder' says 6 'directory' open -k files .
check 'nor what is not there' ends 6 open -k files nothing
check 'a file that is there stays' says 6 'exists already' open -k files -o old sealed.3000000
check 'as it was' same old secret
check 'sealed ones too' says 6 'exists already' seal -k files -o old three
check 'unless told otherwise' ends 0 open -k files -f -o old sealed.3000000
check 'then it is another' same old three
check 'input and output differ' says 2 'same file' seal -k files -f -o three three
check 'a device is written to' ends 0 open -k files -o /dev/null sealed.3000000
VAULT_TOKEN=wrong check 'a dead token' ends 4 open -k files sealed.3000000
check 'nobody there' ends 5 open -k files --address http://127.0.0.1:9 --deadline 300ms sealed.3000000
api POST sys/policies/acl/sealer '{"policy":"path \"transit/datakey/plaintext/files\" { capabilities = [\"update\"] }"}' >api.out
sealer=$(token_with sealer)
VAULT_TOKEN=$sealer check 'who may seal' ends 0 seal -k files -o by_sealer.vc three
VAULT_TOKEN=$sealer check 'may not open' ends 4 open -k files by_sealer.vc
check 'others may' ends 0 open -k files by_sealer.vc
if command -v script >/dev/null; then
    check 'no binary to a terminal' bash -c "script -qec \"'$vaultcrypt' seal -k files three\" /dev/null | grep -aq 'no text for a terminal'"
    check 'opened neither' bash -c "script -qec \"'$vaultcrypt' open -k files sealed.3000000\" /dev/null | grep -aq 'no text for a terminal'"
    check 'a text is fine' bash -c "'$vaultcrypt' seal -k files -o secret.vc secret && script -qec \"'$vaultcrypt' open -k files secret.vc\" /dev/null | grep -aq 'secret of 26'"
fi

# -- what was damaged -------------------------------------------------------------------------------------------------------
size=$(stat -c %s sealed.3000000)
for cut in 0 3 100 1000000 2500000 $((size - 60)) $((size - 1)); do
    head -c "$cut" sealed.3000000 >piece
    check "cut at $cut" says 1 'cut off' open -k files piece
    check 'no byte that is not' cmp -n "$(wc -c <out)" out three
    check 'into a file' ends 1 open -k files -o piece.out piece
    check 'there is none' absent piece.out
done
head -c 2500000 sealed.3000000 >piece
check 'it is told' says 1 'the output is incomplete' open -k files piece
check 'two segments were whole' equal "$(wc -c <out)" 2097152
for at in 50 200 1000 1500000 $((size - 20)); do
    cp sealed.3000000 flipped
    printf '%b' "\\x$(printf %02x $(($(od -An -tu1 -j "$at" -N 1 flipped) ^ 1)))" | dd of=flipped bs=1 seek="$at" conv=notrunc 2>/dev/null
    check "a bit at $at" ends 1 open -k files -o flipped.out flipped
    check 'gives no file' absent flipped.out
done
{ cat sealed.3000000 && printf x; } >longer
check 'a byte more' says 1 'behind its end' open -k files longer
check 'what is sealed twice' bash -c "'$vaultcrypt' seal -k files three >one.vc && '$vaultcrypt' seal -k files three >two.vc"
check 'is not the same' bash -c '! cmp -s one.vc two.vc'
{ head -c 1500000 one.vc && tail -c +1500001 two.vc; } >mixed
check 'and not to be mixed' ends 1 open -k files mixed

# -- ended before its time -----------------------------------------------------------------------------------------------------
end_early() { # SIGNAL: a seal in its middle
    mkfifo "slow.$1" || return 1
    "$vaultcrypt" seal -k files -o "early.$1" <"slow.$1" 2>err &
    local pid=$!
    exec 9>"slow.$1"
    cat three >&9
    until_true sh -c "ls -a | grep -q '^[.]early.$1[.]'" || return 1
    kill "-$1" "$pid"
    wait "$pid" 2>/dev/null
    exec 9>&-
    absent "early.$1"
}
check 'ended by a signal' end_early TERM
check 'it leaves nothing' nothing_passing
check 'killed' end_early KILL
check 'it leaves no file of that name' absent early.KILL
rm -f .early.KILL.*
check 'a file of the kernel' bash -c "'$vaultcrypt' seal -k files -o grown.vc /proc/self/maps; true" # its size is said to be 0
check 'is sealed as it came' ends 0 open -k files grown.vc

# -- memory ---------------------------------------------------------------------------------------------------------------------
python=${PYTHON3:-python3}
if command -v "$python" >/dev/null && [ -z "${SANITIZED-}" ]; then
    # The most memory that CMD had, in KiB.
    most() { "$python" -c 'import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)' "$@" 2>most; }
    small() { local kib; kib=$(tail -n 1 most); echo "#   $kib KiB"; [ "$kib" -le 65536 ]; }
    truncate -s 1G large
    check 'a GiB' most "$vaultcrypt" seal -k files -o large.vc large
    check 'takes at most 64 MiB' small
    check 'and is opened' most "$vaultcrypt" open -k files -o large.out large.vc
    check 'with as little' small
    check 'whole at last' same large large.out
    rm -f large large.vc large.out
fi

# -- without Vault, and by others -----------------------------------------------------------------------------------------------------
unset_vault() { env -u VAULT_ADDR -u VAULT_TOKEN "$@"; }
head -c 32 /dev/urandom >key
base64 key >key.base64
check 'a key of our own' unset_vault "$vaultcrypt" seal --static-key key -k archive --context c -o static.vc three
check 'opens what it sealed' bash -c "env -u VAULT_ADDR '$vaultcrypt' open --static-key key.base64 -k archive --context c static.vc | cmp - three"
check 'no other does' says 1 'allowed' open --static-key key -k files --context c static.vc
check 'nor another key of that name' bash -c "head -c 32 /dev/urandom >key.other; ! '$vaultcrypt' open --static-key key.other -k archive --context c static.vc >out 2>err"
check 'a key has 32 bytes' says 3 '32 bytes' seal --static-key secret -k archive three
if "$python" -c 'from cryptography.hazmat.primitives.ciphers.aead import AESSIV' 2>/dev/null ||
    python=$("$top_srcdir/tests/services/venv" format); then
    check 'the reader in Python' bash -c "'$python' -B '$top_srcdir/examples/format/read.py' --static 'archive=$(od -An -tx1 key | tr -d ' \n')' --context c <static.vc | cmp - three"
else
    echo '# no cryptography for Python: not read by another'
fi

# -- the calls ------------------------------------------------------------------------------------------------------------------
api POST transit/keys/example '{}' >api.out
check 'the example' bash -c "'$top_builddir/examples/api/seal' <three 2>err | cmp - three"
check 'was broken off' holds "$(cat err)" 'broken off'
check 'and went on' holds "$(cat err)" 'from byte 2949120 on'
for name in $(grep -oE '\bvc_[a-z_0-9]+\(' "$top_srcdir/include/vaultcrypt/seal.h" | tr -d '(' | sort -u); do
    case $name in
    vc_sealer_new | vc_unsealer_new) ;;
    *) grep -q "\b$name(" "$top_srcdir/examples/api/seal.c" || check "an example of $name()" false ;;
    esac
done
finish
