#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Manual pages and --help agree: each option of a command is in its page, and each option of a page is one of its commands.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The commands: those of one word, and of two.
"$vaultcrypt" --help | sed -nE '/program of its own/d; s/^  ([a-z][a-z-]*) .*/\1/p' >words
while read -r word; do
    if "$vaultcrypt" "$word" --help | grep -q "^usage: vaultcrypt $word COMMAND"; then
        "$vaultcrypt" "$word" --help | sed -nE "s/^  ([a-z][a-z-]*) .*/$word \1/p"
    else
        printf '%s\n' "$word"
    fi
done <words >commands
# Programs of their own whose options are tables too.
for word in send receive produce consume scan view; do
    [ ! -x "$top_builddir/bin/vaultcrypt-$word" ] || printf '%s\n' "$word" | tee -a words >>commands
done
if [ -x "$top_builddir/bin/vaultcrypt-dlq" ]; then
    echo dlq >>words
    printf 'dlq %s\n' list replay >>commands
fi
check 'there are commands' has_lines commands 20

# Long options as --help has them; with their letters: "o format".
options_of() { # COMMAND...
    "$vaultcrypt" "$@" --help | sed -nE 's/^  -(.), --([a-z0-9-]+).*/\1 \2/p; s/^      --([a-z0-9-]+).*/\1/p' | grep -vx help
}
options_in() { # PAGE
    grep '^\.It Fl' "$1" | sed -E 's/ Ns = Ns .*//; s/^\.It Fl -([a-z0-9-]+)$/\1/; s/^\.It Fl (.) , Fl -([a-z0-9-]+)$/\1 \2/' | sort -u
}

# agree PAGE COMMANDS: one command a line
agree() {
    local missing
    while read -r line; do
        # shellcheck disable=SC2086
        options_of $line
    done <<<"$2" | sort -u >helped
    options_in "$1" >written
    missing=$(comm -3 helped written)
    [ -z "$missing" ] || { printf '#   --help alone, or (indented) the page alone: %s\n' "$missing"; return 1; }
}

while read -r word; do
    page=$top_srcdir/man/vaultcrypt-$word.1
    check "vaultcrypt-$word(1) has the options of its commands" agree "$page" "$(grep -E "^$word( |\$)" commands)"
    check "vaultcrypt-$word(1) tells its exit codes" grep -q '^\.Sh EXIT STATUS' "$page"
done <words

# What stands on a command line, everybody on the machine can read: a secret has no option but a file.
secret_options() { # COMMANDS on standard input
    while read -r line; do
        # shellcheck disable=SC2086
        "$vaultcrypt" $line --help
    done | grep -E -- '--[a-z-]*(password|secret|token|jwt|pin|passphrase)[a-z-]*=' | grep -vE -- '=FILE( |$)'
}
check 'no option takes a secret itself' equal "$(secret_options <commands)" ''
check 'options for files of secrets are there' [ "$("$vaultcrypt" login --help | grep -cE -- '(password|secret-id|jwt|token)-file=FILE')" = 4 ]

# The check bites.
sed '/^\.It Fl s , Fl -schema/d' "$top_srcdir/man/vaultcrypt-encrypt.1" >without.1
check 'an option that is missing is seen' eval '! agree without.1 encrypt >/dev/null'
{ cat "$top_srcdir/man/vaultcrypt-encrypt.1"; echo '.It Fl -frobnicate'; } >more.1
check 'an option that is none is seen' eval '! agree more.1 encrypt >/dev/null'
finish
