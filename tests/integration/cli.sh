#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line of vaultcrypt without any server: dispatch, help, options, exit codes, and that nothing leaves on failure.
set -uo pipefail
program=${top_builddir:?}/bin/vaultcrypt
schema=${top_srcdir:?}/examples/purchases.yaml
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
for name in "${!VAULT_@}" "${!BAO_@}" "${!VAULTCRYPT_@}"; do
    unset "$name"
done
export HOME=$work # no token file of ours
passed=0 failed=0

# expect STATUS PATTERN ARGS...: exit status, and a pattern (extended, "" for nothing at all) in what it says on either channel
expect() {
    local status=$1 pattern=$2 got
    shift 2
    "$program" "$@" >"$work/out" 2>"$work/err" <"${input:-/dev/null}"
    got=$?
    cat "$work/out" "$work/err" >"$work/both"
    if [ "$got" != "$status" ]; then
        printf 'vaultcrypt %s: exit %s instead of %s\n' "$*" "$got" "$status"
    elif [ -z "$pattern" ] && [ -s "$work/both" ]; then
        printf 'vaultcrypt %s: says something\n' "$*"
    elif [ -n "$pattern" ] && ! grep -qE -- "$pattern" "$work/both"; then
        printf 'vaultcrypt %s: does not say %s\n' "$*" "$pattern"
    else
        passed=$((passed + 1))
        return 0
    fi
    cat "$work/both"
    failed=$((failed + 1))
}

# silent: the last run has written nothing to standard output
silent() {
    if [ -s "$work/out" ]; then
        printf 'something left on standard output:\n'
        cat "$work/out"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

# -- which command
expect 2 'usage: vaultcrypt COMMAND'
expect 0 'vaultcrypt [0-9]+\.[0-9]+\.[0-9]+' --version
expect 0 '^  encrypt ' --help
expect 0 '^  setup ' help
expect 0 '^  setup ' help --help
expect 0 'usage: vaultcrypt encrypt' help encrypt
expect 0 'usage: vaultcrypt key create' help key create
expect 0 'usage: vaultcrypt key COMMAND' help key
expect 2 "no command 'frobnicate'" help frobnicate
silent
expect 2 "no command 'frobnicate'; vaultcrypt --help" frobnicate
expect 2 "did you mean 'encrypt'" encypt
expect 2 "did you mean 'lint'" lnt
expect 2 'a command comes first' --address=x encrypt
expect 2 'a command comes first' ../lint

mkdir "$work/programs"
export VAULTCRYPT_EXEC_PATH=$work/programs
expect 2 "there is no vaultcrypt-scan in $work/programs" scan # although 'seal' is near
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "hello $# $1"\nexit 7\n' >"$work/programs/vaultcrypt-hello"
cp "$work/programs/vaultcrypt-hello" "$work/programs/vaultcrypt-lint"
cp "$work/programs/vaultcrypt-hello" "$work/programs/vaultcrypt-asleep"
chmod +x "$work/programs/vaultcrypt-hello" "$work/programs/vaultcrypt-lint"
expect 7 '^hello 2 a b$' hello 'a b' c
expect 7 '^hello 1 --help$' help hello
for name in consume dev dlq produce receive scan send stream view; do
    cp "$work/programs/vaultcrypt-hello" "$work/programs/vaultcrypt-$name"
    expect 0 "^  $name +[a-z].* \(program of its own\)" --help
    rm "$work/programs/vaultcrypt-$name"
done
expect 0 '^  hello +program of its own' --help
grep -q asleep "$work/out" && { echo "a program that cannot be run is listed"; failed=$((failed + 1)); }
[ "$(grep -c '^  lint ' "$work/out")" = 1 ] || { echo "lint is listed twice"; failed=$((failed + 1)); }
expect 2 "did you mean 'hello'" helo
expect 6 'asleep: ' asleep
expect 0 'purchases' lint "$schema" # the built-in one
unset VAULTCRYPT_EXEC_PATH
if [ -x "${program%/*}/vaultcrypt-dev" ]; then
    export VAULTCRYPT_EXEC_PATH=${program%/*}
    for variable in VAULTCRYPT_SKR_ADDR VAULTCRYPT_MAA_ENDPOINT VAULTCRYPT_AKV_ENDPOINT '[ ,]MAA_ENDPOINT' WORKLOAD_MEASUREMENT MANAGED_IDENTITY; do
        expect 0 "$variable" dev --help
    done
    unset VAULTCRYPT_EXEC_PATH
fi

# -- options
for command in encrypt decrypt lint setup; do
    expect 0 "usage: vaultcrypt $command" "$command" --help
    silent_help=$(wc -c <"$work/err")
    [ "$silent_help" = 0 ] || { echo "$command --help speaks on standard error"; failed=$((failed + 1)); }
    expect 2 'no such option' "$command" --frobnicate
    silent
    expect 0 "usage: vaultcrypt $command" "$command" -h
done
for command in encrypt decrypt setup; do
    expect 2 'names have two dashes: --address' "$command" -address=x
    for option in address token-file namespace ca-cert ca-path client-cert client-key tls-server-name tls-skip-verify timeout \
        deadline; do
        expect 0 "--$option" "$command" --help
    done
    expect 2 'the value is missing' "$command" --address
    expect 2 'is not a time' "$command" -s "$schema" --timeout soon
done

# -- exit codes
expect 0 'fine' lint "$schema"
expect 0 '' lint --quiet "$schema"
expect 6 'nowhere.yaml' lint "$work/nowhere.yaml"
printf 'version: 1\nrecords:\n  - nam: x\n' >"$work/bad.yaml"
expect 3 'bad.yaml:3:' lint "$work/bad.yaml"
expect 3 'topic .unknown.' lint --topic unknown "$schema"
expect 0 'purchases' lint --topic purchases "$schema"
printf '{"Name":"A","Address":"1 High St","credit_card":"1111-2222-3333-4444"}\n' >"$work/in"
input=$work/in
refused=http://127.0.0.1:9 # discard: nobody listens
expect 2 'schema' encrypt
silent
expect 3 'bad.yaml:3:' encrypt -s "$work/bad.yaml"
silent
expect 5 "cannot connect to $refused: connection refused" encrypt -s "$schema" --address "$refused" --deadline 300ms
silent
expect 3 'address' encrypt -s "$schema" --address not-a-url
silent
expect 6 'token file' encrypt -s "$schema" --token-file "$work/nowhere"
expect 3 'cannot be read' encrypt -s "$schema" --ca-cert "$work/nowhere"
export VAULT_ADDR='not a URL' VAULT_TOKEN='not a token'
expect 3 'VAULT_ADDR: ' encrypt -s "$schema"
silent
# What is told on the command line, the environment cannot spoil.
printf 'hvs.fine\n' >"$work/token"
expect 5 'cannot connect' encrypt -s "$schema" --address "$refused" --token-file "$work/token" --deadline 300ms
unset VAULT_ADDR VAULT_TOKEN
expect 6 'nowhere' encrypt -s "$schema" --address "$refused" "$work/nowhere"
silent

printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" = 0 ]
