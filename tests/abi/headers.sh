#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every installed header compiles alone and without a warning, as C99 and C11, as C++98 and C++11 and newer, and its
# initialisers can be used there. Shown to bite on a header that does not.
set -euo pipefail
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
read -ra cc <<<"${CC:-cc}"
read -ra cxx <<<"${CXX:-c++}"

compile() { # LANGUAGE STANDARD FOLDER SOURCE
    local compiler=("${cc[@]}")
    [ "$1" = c ] || compiler=("${cxx[@]}")
    "${compiler[@]}" -x "$1" -std="$2" -pedantic -Wall -Wextra -Wundef -Werror -I"$3" -fsyntax-only "$4"
}

standards=("c c99" "c c11")
if "${cxx[@]}" -x c++ -fsyntax-only /dev/null 2>/dev/null; then
    standards+=("c++ c++98" "c++ c++11" "c++ c++17")
else
    echo "# no C++ compiler (${cxx[*]}): C++ is not checked"
fi

check_header() { # FOLDER HEADER (relative)
    local standard bad=0
    printf '#include <%s>\n#include <%s>\nint only_to_have_something(void);\n' "$2" "$2" >"$scratch/alone.c"
    for standard in "${standards[@]}"; do
        # shellcheck disable=SC2086
        compile $standard "$1" "$scratch/alone.c" || { echo "$2 does not compile alone as ${standard#* }"; bad=1; }
    done
    return $bad
}

bites() { # LINE: a header that holds it is refused
    mkdir -p "$scratch/include/vaultcrypt"
    printf '%s\n' "$1" >"$scratch/include/vaultcrypt/bad.h"
    if check_header "$scratch/include" vaultcrypt/bad.h >/dev/null 2>&1; then
        echo "the check let pass: $1"
        exit 1
    fi
}
bites 'size_t needs_a_header(void);'
bites 'int defined_twice; int defined_twice = 1; int defined_twice = 2;'
[ ${#standards[@]} = 2 ] || bites 'int class_of(int class);'

failed=0
for header in "$top_srcdir"/include/vaultcrypt/*.h; do
    check_header "$top_srcdir/include" "vaultcrypt/${header##*/}" || failed=1
done

# The C++ header, which is C++17.
case " ${standards[*]} " in
*c++17*)
    printf '#include <vaultcrypt/vaultcrypt.hpp>\n#include <vaultcrypt/vaultcrypt.hpp>\n' >"$scratch/alone.cc"
    for standard in c++17 c++20; do
        compile c++ "$standard" "$top_srcdir/include" "$scratch/alone.cc" || { echo "vaultcrypt.hpp does not compile as $standard"; failed=1; }
    done
    ;;
esac

cat >"$scratch/use.c" <<'USE'
#include <vaultcrypt/vaultcrypt.h>
int use(void);
int use(void)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes bytes = VC_BYTES_INIT;
    vc_view view = vc_bytes_view(bytes);
    return (int)(err.size + view.len + vc_str("text").len);
}
USE
for standard in "${standards[@]}"; do
    # shellcheck disable=SC2086
    compile $standard "$top_srcdir/include" "$scratch/use.c" || { echo "the initialisers do not compile as ${standard#* }"; failed=1; }
done
exit $failed
