#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What README.md and docs/ATTESTED.md tell of attestation is typed as it stands there, in the shell that they name.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
have_dev
for program in produce consume; do
    [ -x "$top_builddir/bin/vaultcrypt-$program" ] || { echo "vaultcrypt $program was not built"; exit 77; }
done
command -v curl >/dev/null || { echo 'curl is needed'; exit 77; }
PATH=$top_builddir/bin:$PATH
export PATH

# lines FILE PATTERN: those between ```sh and ``` whose block has the pattern.
lines() { awk -v pattern="$2" '/^```sh$/ { block = ""; within = 1; next } /^```$/ { if (within && block ~ pattern) printf "%s", block; within = 0 } within { block = block $0 "\n" }' "$1"; }
typed() { run timeout 120 vaultcrypt dev --skr -- bash -e "$1" </dev/null; }

lines "$top_srcdir/README.md" 'setup-key orders-1' >readme.sh
check 'README.md has them' holds "$(<readme.sh)" 'release-policy test'
check 'they run' eval 'typed readme.sh && equal "$status" 0'
check 'and say what they promise' both holds "$(<out)" 'fine' 'released'

mkdir walk && cd walk || exit 99
lines "$top_srcdir/docs/ATTESTED.md" 'orders-1|consumer[.]yaml' >../walk.sh
check 'docs/ATTESTED.md has them' both holds "$(<../walk.sh)" 'setup-key' 'X DELETE'
check 'they run' eval 'typed ../walk.sh && equal "$status" 0'
check 'stored, opened, and opened again' equal "$(grep -c '^{"id":1,"card":"vc1:' out) $(grep -cxF '{"id":1,"card":"1111-2222"}' out)" '1 2'
check 'and once refused, with the reason' holds "$(<err)" 'nothing attests this environment'

mkdir ../hand && cd ../hand && ln -s "$top_builddir" build || exit 99
lines "$top_srcdir/examples/attested/README.md" 'consumer -n 5' >../hand.sh
check 'examples/attested/README.md by hand' eval 'typed ../hand.sh && equal "$status" 0'
check 'five texts' equal "$(grep -cE '^Message Id [0-9]+: hello$' out)" 5
finish
