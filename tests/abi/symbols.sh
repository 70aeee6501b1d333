#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What the headers promise (VC_API), what the map lists, and what the shared library exports are the same functions: neither
# more nor less, for libvaultcrypt (every header but kafka*.h) and libvaultcrypt-kafka (kafka*.h).
# `symbols.sh --write` writes the maps from the headers.
set -euo pipefail
export LC_ALL=C
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
read -ra cc <<<"${CC:-cc}"

# The functions that HEADER itself declares, one a line: its preprocessed text without what stands in braces, cut at each
# semicolon. One without VC_API is a mistake, as no program could link it.
declared() { # INCLUDE-FOLDER HEADER
    "${cc[@]}" -E -I"$1" "$1/vaultcrypt/$2" | awk -v header="/vaultcrypt/$2\"" '
        /^# [0-9]+ "/ { inside = index($0, header); next }
        /^#/ { next }
        inside { text = text " " $0 }
        END {
            while (match(text, /{[^{}]*}/)) text = substr(text, 1, RSTART - 1) ";" substr(text, RSTART + RLENGTH)
            count = split(text, statements, ";")
            for (i = 1; i <= count; i++) {
                if (statements[i] ~ /(^|[ \t])(typedef|static)[ \t]/ || !match(statements[i], /vc_[a-z0-9_]+[ \t]*\(/)) continue
                name = substr(statements[i], RSTART, RLENGTH)
                sub(/[ \t]*\($/, "", name)
                if (statements[i] ~ /visibility *\( *"default"/) print name
                else { print "'"$2"': " name " is declared without VC_API" > "/dev/stderr"; bad = 1 }
            }
            exit bad
        }'
}

promised() { # INCLUDE-FOLDER LIBRARY
    local header
    for header in "$1"/vaultcrypt/*.h; do
        header=${header##*/}
        case $2:$header in
        libvaultcrypt:kafka*.h) ;;
        libvaultcrypt:* | libvaultcrypt-kafka:kafka*.h) declared "$1" "$header" || return 1 ;;
        esac
    done | sort -u
}

mapped() { sed -nE 's/^    (vc_[a-z0-9_]+);$/\1/p' "$1"; }
exported() { nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u; }

version_of() { case $1 in *-kafka) echo VAULTCRYPT_KAFKA_0 ;; *) echo VAULTCRYPT_0 ;; esac; }

write_map() { # LIBRARY: to standard output
    local names
    names=$(promised "$top_srcdir/include" "$1")
    printf '%s {\nglobal:\n' "$(version_of "$1")"
    sed 's/.*/    &;/' <<<"$names"
    printf 'local:\n    *;\n};\n'
}

same() { # TITLE-A FILE-A TITLE-B FILE-B
    local missing
    missing=$(comm -23 "$2" "$4")
    [ -z "$missing" ] || { printf 'in %s, not in %s:\n%s\n' "$1" "$3" "$missing"; return 1; }
}

check_library() { # LIBRARY INCLUDE-FOLDER MAP SHARED-OBJECT
    local bad=0
    promised "$2" "$1" >"$scratch/headers" || return 1
    mapped "$3" >"$scratch/map"
    exported "$4" >"$scratch/exports"
    [ -s "$scratch/headers" ] || { echo "$1: no function in the headers?"; return 1; }
    sort -cu "$scratch/map" || { echo "$3: keep it sorted"; bad=1; }
    same "the headers of $1" "$scratch/headers" "$3" "$scratch/map" || bad=1
    same "$3" "$scratch/map" "the headers of $1" "$scratch/headers" || bad=1
    same "the headers of $1" "$scratch/headers" "${4##*/}" "$scratch/exports" || bad=1
    same "${4##*/}" "$scratch/exports" "the headers of $1" "$scratch/headers" || bad=1
    [ $bad = 0 ] || echo "(tests/abi/symbols.sh --write makes the maps from the headers)"
    return $bad
}

libraries=(libvaultcrypt)
[ ! -e "$top_srcdir/include/vaultcrypt/kafka.h" ] || libraries+=(libvaultcrypt-kafka)

if [ "${1-}" = --write ]; then
    for library in "${libraries[@]}"; do
        write_map "$library" >"$scratch/new"
        mv "$scratch/new" "$top_srcdir/lib/$library.map"
    done
    exit
fi

# It bites: a header too many, one too few, one without VC_API, a map entry too many.
so=$top_builddir/lib/.libs/libvaultcrypt.so
[ -e "$so" ] || { echo "no shared library was built"; exit 77; }
bites() { # TITLE: with the changed copies in $scratch/tree
    if check_library libvaultcrypt "$scratch/tree" "$scratch/tree.map" "$so" >/dev/null 2>&1; then
        echo "the check let pass: $1"
        exit 1
    fi
}
fresh() { rm -rf "$scratch/tree" && cp -r "$top_srcdir/include" "$scratch/tree" && chmod -R u+w "$scratch/tree" && mapped_copy; }
mapped_copy() { cp "$top_srcdir/lib/libvaultcrypt.map" "$scratch/tree.map" && chmod u+w "$scratch/tree.map"; }
fresh; echo 'VC_API int vc_nowhere(void);' >>"$scratch/tree/vaultcrypt/version.h"; bites 'a function that no library has'
fresh; sed -i '/vc_version/d' "$scratch/tree/vaultcrypt/version.h"; bites 'an export that no header has'
fresh; sed -i 's/VC_API \(.*vc_version\)/\1/' "$scratch/tree/vaultcrypt/version.h"; bites 'a function without VC_API'
fresh; sed -i 's/^local:/    vc_zzz;\n&/' "$scratch/tree.map"; bites 'a map entry that no header has'

failed=0
for library in "${libraries[@]}"; do
    so=$top_builddir/lib/.libs/$library.so
    [ -e "$so" ] || { echo "# $library was not built"; continue; }
    check_library "$library" "$top_srcdir/include" "$top_srcdir/lib/$library.map" "$so" || failed=1
done
exit $failed
