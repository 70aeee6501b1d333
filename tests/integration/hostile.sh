#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A server whose answers trickle, lie about their length, are huge, are no text, are nested a million times, lead in a circle, break
# off, or never come: each is a clear error at the deadline at the latest, in bounded memory, and nothing leaves in clear.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
have_dev
hostile=$top_builddir/tests/integration/hostile
[ -x "$hostile" ] || { echo "no $hostile: not built"; exit 99; }
cp "$top_srcdir/examples/purchases.yaml" .
records 1 50 >in.ndjson
peak_max=262144 # KiB: an answer may have 64 MiB, and is in memory twice while its buffer grows
grep -q fsanitize "$top_builddir/Makefile" && peak_max=0 # sanitizers keep what is freed, and shadows of all

fault() { api POST sys/dev/fault "{\"fault\":\"$1\"}" >/dev/null; } # in place of all there are
small() { [ $peak_max = 0 ] || [ "$1" -le $peak_max ] || { printf '#   a peak of %s KiB\n' "$1"; return 1; }; }
patience() { # KIND: those that hang are given up soon; for the others there is time, whatever else this machine does
    case $1 in trickle | cut | silence) timeout=300 deadline=700 ;; *) timeout=30000 deadline=40000 ;; esac
}
watched() { run timeout -k 5 60 "$hostile" "$@"; } # the watchdog is for a client that knows no deadline
no_plaintext() { ! grep -qE '[0-9]{4}(-[0-9]{4}){3}|[0-9]+ High St|a secret of the caller' out err; }
nothing_out() { equal "$(wc -c <out)" 0; }

dev_start
"$vaultcrypt" setup -s purchases.yaml >/dev/null 2>err || exit 99
api POST transit/keys/hostile '{}' >/dev/null
"$vaultcrypt" encrypt -s purchases.yaml in.ndjson >protected 2>err || exit 99

# -- the program: fault, its status, what it says ---------------------------------------------------------------------
while IFS='|' read -r kind wanted said; do
    fault "$kind=1"
    patience "$kind"
    for verb in encrypt decrypt; do
        [ $verb = encrypt ] && input=in.ndjson || input=protected
        watched peak "$vaultcrypt" $verb -s purchases.yaml --timeout ${timeout}ms --deadline ${deadline}ms $input
        check "$kind: $verb ends with $wanted" equal "$status" "$wanted"
        check "$kind: $verb says why" holds "$(<err)" "$said"
        check "$kind: $verb writes nothing" nothing_out
        check "$kind: $verb tells nothing" no_plaintext
        check "$kind: $verb needs little memory" small "$(<peak)"
    done
done <<'END'
trickle|5|did not answer within
length|5|vaultcrypt
huge|6|larger than its maximum
garbage|5|not JSON
deep|5|not JSON
redirect|5|redirects a second time
cut|5|before the answer was whole
silence|5|did not answer within
END

# -- the library's calls: one that is hot, one whose reply is read with json-c, one that reads nothing -------------------
while IFS='|' read -r kind hot control bare; do
    fault "$kind=1"
    patience "$kind"
    watched calls $timeout $deadline
    check "$kind: the calls return" equal "$status" 0
    check "$kind: encrypt" holds "$(grep '^encrypt ' out)" "$hot"
    check "$kind: key" holds "$(grep '^key ' out)" "$control"
    check "$kind: request" holds "$(grep '^request ' out)" "$bare"
    check "$kind: little memory" small "$(sed -n 's/^peak //p' out)"
    sed -i '/^peak /d' out
    check "$kind: nothing is told" no_plaintext
done <<'END'
trickle|error|answer|answer
length|error|error|
huge|larger than its maximum|larger than its maximum|larger than its maximum
garbage|error|error|
deep|error|error|
redirect|redirects a second time|redirects a second time|redirects a second time
cut|before the answer was whole|before the answer was whole|before the answer was whole
END

# -- and when it is over, all is well -------------------------------------------------------------------------------------
fault ''
patience honest
watched calls $timeout $deadline
check 'an honest server again' equal "$(grep -c ' ok$' out)" 3
finish
