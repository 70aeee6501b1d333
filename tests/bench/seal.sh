#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seal.sh VAULTCRYPT: a GiB from the page cache to /dev/null and back, medians of 5; beside age where that is installed.
set -euo pipefail
vaultcrypt=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
head -c 1G /dev/urandom >plain
head -c 32 /dev/urandom >key

# median NAME CMD...
median() {
    local name=$1 begun
    shift
    for _ in 1 2 3 4 5; do
        begun=$(date +%s%N)
        "$@" >/dev/null
        echo $((($(date +%s%N) - begun) / 1000000))
    done | sort -n | sed -n 3p | awk -v name="$name" '{ printf "  %-20s %5d ms  %6.0f MB/s\n", name, $1, 1073741.824 / $1 }'
}

"$vaultcrypt" seal --static-key key -k bench -o sealed plain
median 'cat' cat plain
median 'vaultcrypt seal' "$vaultcrypt" seal --static-key key -k bench plain
median 'vaultcrypt open' "$vaultcrypt" open --static-key key -k bench sealed
if command -v age >/dev/null; then
    age-keygen -o identity 2>/dev/null
    age -r "$(age-keygen -y identity)" -o plain.age plain
    median 'age' age -r "$(age-keygen -y identity)" plain
    median 'age -d' age -d -i identity plain.age
fi
