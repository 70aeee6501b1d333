#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is written beside the code agrees with it: manual pages are clean mdoc, versions are one, every built-in command has
# its page and is in vaultcrypt(1), every document that README.md links is there.
set -uo pipefail
root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
bad=0
say() {
    printf '%s\n' "$*"
    bad=1
}

if command -v mandoc >/dev/null; then
    for page in "$root"/man/*.[0-9]; do
        lint=$(mandoc -T lint "$page" | grep -v 'referenced manual not found')
        [ -z "$lint" ] || say "$lint"
    done
else
    echo "mandoc is missing: manual pages are not checked"
    exit 77
fi

version=$(sed -nE 's/^AC_INIT\(\[[^]]*\],\[([^]]*)\].*/\1/p' "$root/configure.ac")
grep -q "#define VC_VERSION \"$version\"" "$root/include/vaultcrypt/version.h" || say "version.h is not $version"
IFS=. read -r major minor patch <<<"$version"
for part in "MAJOR $major" "MINOR $minor" "PATCH $patch"; do
    grep -q "#define VC_VERSION_$part\$" "$root/include/vaultcrypt/version.h" || say "version.h: VC_VERSION_$part is missing"
done

# A command has a page, or a section in the page of its group, and is named in vaultcrypt(1).
while read -r name rest; do
    page=$root/man/vaultcrypt-$name.1
    [ -e "$page" ] || { say "vaultcrypt-$name(1) is missing"; continue; }
    [ -z "$rest" ] || grep -qE "^\.Ss vaultcrypt $name $rest\$" "$page" || say "vaultcrypt-$name(1) does not tell of $rest"
    grep -qE "^\.It Cm (.* )?$name( .*)?\$" "$root/man/vaultcrypt.1" || say "vaultcrypt(1) does not tell of $name"
    grep -qF "man/vaultcrypt-$name.1" "$root/man/local.mk" || say "vaultcrypt-$name(1) is not installed"
done < <(cat "$root"/bin/*.c | sed -nE 's/^const struct command command_[a-z_]+ = \{ "([a-z -]+)".*/\1/p')

while read -r link; do
    [ -e "$root/$link" ] || say "README.md links $link, which is not there"
done < <(grep -oE '\]\([^):]+\)' "$root/README.md" | sed 's/^](//; s/)$//')
exit $bad
