# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the tests of vaultcrypt view share; sourced after lib.sh. $mock: options for every page, schema.yaml: its schema.

send() { timeout 60 "$vaultcrypt" produce -s schema.yaml "$@" 2>>send.err; }
plant() { "$top_builddir/examples/producer" -l "$@" 2>>send.err; } # as it is

# view NAME ARGS...: in the background; $url is where it is, $viewer the process. It says what is wrong in NAME.err.
view() {
    local name=$1
    shift
    "$top_builddir/bin/vaultcrypt-view" "${mock[@]}" -s schema.yaml -l 0 "$@" >"$name.out" 2>"$name.err" &
    viewer=$!
    background+=("$viewer")
    until_true grep -q '^http' "$name.out" || { cat "$name.err"; exit 99; }
    url=$(sed -n '1s,/$,,p' "$name.out")
}
end_view() { kill -TERM "$viewer" && wait "$viewer"; }
ends_within() { # SECONDS
    local began=$SECONDS
    end_view && [ $((SECONDS - began)) -le "$1" ] || { echo "# status $?, $((SECONDS - began)) s"; return 1; }
}
get() { curl -sS -m 30 "$@" >body 2>>curl.err; }
code() { curl -sS -m 30 -o body -w '%{http_code}' "$@" 2>>curl.err; }
answers() { # CODE CURL-ARGS...
    local wanted=$1
    shift
    equal "$(code "$@")" "$wanted"
}
value() { python3 -c 'import json,sys; r=json.load(open("body")); print(eval(sys.argv[1], {"r": r, "records": r.get("records", [])}))' "$1"; }
states() { get "$url/api/records?limit=10000" && value '" ".join(x["state"] for x in sorted(records, key=lambda x: (x["topic"], x["offset"])))'; }
are() { [ "$(states)" = "$1" ]; } # the states of all records, by topic and offset
