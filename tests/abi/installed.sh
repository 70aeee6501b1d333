#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What `make install` leaves is enough to work with: the C program of README.md compiles with what pkg-config says, as C and as
# C++, shared and static, and runs; the installed program runs; `make uninstall` leaves no file.
set -euo pipefail
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
[ -z "${SANITIZED-}" ] || { echo "sanitized libraries want a sanitized program"; exit 77; }
command -v pkg-config >/dev/null || { echo "no pkg-config"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
read -ra cc <<<"${CC:-cc}"
read -ra cxx <<<"${CXX:-c++}"
unset MAKEFLAGS MFLAGS MAKELEVEL VAULT_ADDR VAULT_TOKEN

destination=$scratch/root
make_it() { "${MAKE:-make}" -s -C "$top_builddir" "$1" DESTDIR="$destination" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }; }
make_it install
pc=$(find "$destination" -name libvaultcrypt.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
export PKG_CONFIG_PATH=${pc%/*}
# An installed file may name neither the build tree nor the staging folder.
if grep -rlI -e "$destination" -e "$top_builddir" "$destination"; then
    echo "these name the tree they were built in"
    exit 1
fi

flags() { pkg-config --define-variable=prefix="$destination$prefix" "$@"; }
libdir=$(flags --variable=libdir libvaultcrypt)
run() { LD_LIBRARY_PATH=$libdir "$@"; }

# README.md: "From C", wrapped into a program whose schema has no fields, so that no Vault is asked.
cat >"$scratch/purchases.yaml" <<'END_OF'
version: 1
records: [{name: purchases, topics: ["*"], fields: []}]
END_OF
{
    cat <<'END_OF'
#include <stdio.h>
static void use(vc_view output, const vc_error *error)
{
    if (error)
        printf("error: %s\n", error->message);
    else
        printf("%.*s\n", (int)output.len, output.data);
}
int main(void)
{
    const vc_view records[] = { vc_str("{\"a\":  1}"), vc_str("{\"b\":[2]}") };
    const size_t n = 2;
END_OF
    awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside && !/^#include/ { print "    " $0 }' "$top_srcdir/README.md"
    printf '    vc_batch_free(batch);\n    vc_client_close(vault);\n    vc_schema_unref(schema);\n    return err.code;\n}\n'
} >"$scratch/body.c"
{ awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside && /^#include/' "$top_srcdir/README.md"; cat "$scratch/body.c"; } \
    >"$scratch/app.c"

cd "$scratch"
check_program() { # TITLE COMMAND...: compiles ./app and runs it
    local title=$1
    shift
    rm -f app
    "$@" || { echo "$title: does not compile"; exit 1; }
    [ "$(run ./app)" = '{"a":  1}
{"b":[2]}' ] || { echo "$title: the wrong output"; run ./app; exit 1; }
}
read -ra shared <<<"$(flags --cflags --libs libvaultcrypt)"
check_program 'C' "${cc[@]}" -std=c99 -Wall -Werror app.c -o app "${shared[@]}"
if "${cxx[@]}" -x c++ -fsyntax-only /dev/null 2>/dev/null; then
    check_program 'C++' "${cxx[@]}" -x c++ -std=c++11 -Wall -Werror app.c -o app "${shared[@]}"
fi
if [ -e "$libdir/libvaultcrypt.a" ]; then
    # Ours static, what it needs shared: the archives that libcurl needs are in no distribution's packages.
    mapfile -t needs < <(pkg-config --print-requires-private libvaultcrypt | awk '{ print $1 }')
    read -ra static <<<"$(pkg-config --libs "${needs[@]}")"
    check_program 'static' "${cc[@]}" "-I$destination$prefix/include" app.c -o app "$libdir/libvaultcrypt.a" "${static[@]}" -pthread
fi
if [ -n "$(find "$destination" -name libvaultcrypt-kafka.pc)" ]; then
    printf '#include <vaultcrypt/kafka.h>\nint main(void)\n{\n    vc_kafka_config_free(NULL);\n    return 0;\n}\n' >kafka.c
    read -ra kafka <<<"$(flags --cflags --libs libvaultcrypt-kafka)"
    "${cc[@]}" -std=c99 -Wall -Werror kafka.c -o kafka "${kafka[@]}"
    run ./kafka
fi

program=$destination$prefix/bin/vaultcrypt
[ "$(run "$program" --version)" = "vaultcrypt $(flags --modversion libvaultcrypt)" ]
run "$program" lint -q purchases.yaml
[ "$(echo '[1, 2]' | run "$program" encrypt -s purchases.yaml)" = '[1, 2]' ]
[ -s "$destination$prefix/share/man/man1/vaultcrypt.1" ]

make_it uninstall
left=$(find "$destination" ! -type d)
[ -z "$left" ] || { printf 'make uninstall leaves:\n%s\n' "$left"; exit 1; }
