#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The examples that are not part of the demo do what they say: the filter in C++, and one client under many threads.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
have_dev

examples=$top_builddir/examples schema=$top_srcdir/examples/purchases.yaml records=$top_srcdir/examples/purchases.ndjson
export examples schema records vaultcrypt
on_dev() { run "$vaultcrypt" dev --no-kafka -- sh -c "\$vaultcrypt setup -s \$schema >/dev/null && { $1; }"; }

if [ -x "$examples/protect" ]; then
    on_dev '$examples/protect $schema <$records >protected && $examples/protect --open $schema <protected >opened'
    check 'C++: it ends well' equal "$status" 0
    check 'C++: every address is protected' equal "$(grep -c 'vault:v1:' protected)" "$(lines_of "$records")"
    check 'C++: the records come back byte for byte' cmp opened "$records"
    on_dev 'echo "{\"Address\": 1}" | $examples/protect $schema'
    check 'C++: a bad record is told, and is no success' equal "$status" 1
    check 'C++: and nothing of it leaves' equal "$(<out)" ''
    run env VAULT_ADDR=http://127.0.0.1:9 "$examples/protect" /nowhere.yaml
    check 'C++: an exception becomes a message' holds "$(<err)" '/nowhere.yaml'
fi

if [ -x "$examples/eventloop" ]; then
    for i in {1..300}; do cat "$records"; done >many
    on_dev '$examples/eventloop -b $schema <many >protected && vaultcrypt=$vaultcrypt && $vaultcrypt decrypt -s $schema <protected >opened'
    check 'event loop: it ends well' equal "$status" 0
    check 'event loop: the records come in order, byte for byte' cmp opened many
    check 'event loop: all of them were protected' equal "$(grep -c 'vault:v1:' protected)" "$(lines_of many)"
    check 'event loop: it counts them' holds "$(<err)" "$(lines_of many) records, "
    on_dev 'cat many | $examples/eventloop $schema | cut -c 1-9 | sort | uniq -c | wc -l'
    check 'event loop: from a pipe too' differ "$(<out)" 0
    on_dev 'echo "{\"Address\": 1}" | $examples/eventloop $schema'
    check 'event loop: a bad record is told, and is no success' equal "$status" 1
    run env VAULT_ADDR=http://127.0.0.1:9 VAULT_TOKEN=x VAULT_CLIENT_TIMEOUT=1 timeout 100 "$examples/eventloop" "$schema" </dev/null
    check 'event loop: no records, no Vault needed' equal "$status" 0
fi

on_dev '$examples/threads transit 8 20'
check 'threads: all values come back' equal "$(<out)" '160 values of 8 threads came back equal'
on_dev '$examples/threads no-such/key 4 5'
check 'threads: a failure is told by each' equal "$status" 1
finish
