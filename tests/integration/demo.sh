#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo shows both key versions and ends well; with one record damaged it says so and fails.
set -u
demo=${top_srcdir:?}/examples/demo
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'FAIL: %s\n' "$1"
    cat "$work"/*
    exit 1
}
bash "$demo" --programs "${top_builddir:?}" -n 401 >"$work/out" 2>"$work/err" || fail "the demo ended with $?"
for text in '200 under version 1, 201 under version 2' '401 equal, 0 not' '  all equal' 'vault:v1:' 'vault:v2:'; do
    grep -qF "$text" "$work/out" || fail "the demo does not show: $text"
done
! grep -q $'\e' "$work/out" || fail 'colours without a terminal'
[ "$(wc -l <"$work/out")" -le 39 ] || fail 'more than one screen'
[ "$(wc -L <"$work/out")" -le 100 ] || fail 'wider than a screen'
! bash "$demo" --programs "$top_builddir" -n 20 --spoil >"$work/out" 2>"$work/err" || fail 'a damaged record was not noticed'
grep -qF '19 equal, 1 not' "$work/out" || fail 'the damaged record is not counted'
for wrong in '-n 1' '-n' '-n x' '--what'; do
    # shellcheck disable=SC2086
    bash "$demo" $wrong >"$work/out" 2>&1
    [ $? = 2 ] || fail "wrong usage passes: $wrong"
done
