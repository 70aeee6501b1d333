#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo shows both key versions and ends well; with one record damaged it says so and fails.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
have_dev

demo() { run bash "$top_srcdir/examples/demo" --programs "$top_builddir" "$@"; }

export VAULT_NAMESPACE=elsewhere BAO_ADDR=http://127.0.0.1:1 # the caller's own Vault must not matter
demo -n 401
check 'it ends well' equal "$status" 0
shown=$(<out)
for text in '200 under version 1, 201 under version 2' '401 equal, 0 not' '  all equal' 'vault:v1:' 'vault:v2:'; do
    check "it shows: $text" holds "$shown" "$text"
done
check 'no colours without a terminal' lacks "$shown" $'\e'
check 'it fits on a screen' [ "$(lines_of out)" -le 39 ]
check 'in width too' [ "$(wc -L <out)" -le 100 ]

demo -n 20 --spoil
check 'one damaged record is a failure' equal "$status" 1
check 'and is counted' holds "$(<out)" '19 equal, 1 not'
for wrong in '-n 1' '-n' '-n x' '--what'; do
    # shellcheck disable=SC2086
    demo $wrong
    check "wrong usage: $wrong" equal "$status" 2
done
finish
