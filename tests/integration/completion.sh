#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What `vaultcrypt completion bash` makes, sourced, and asked as the shell asks.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
check 'completion bash' ends 0 completion bash
cp out completion
check 'bash reads it' bash -n completion
check 'another shell' ends 2 completion zsh
. ./completion
check 'it is there' complete -p vaultcrypt

# offers WORDS LINE...: the words before the cursor; the last is what is begun.
offers() {
    local wanted=$1
    shift
    COMP_WORDS=(vaultcrypt "$@") COMP_CWORD=$# COMPREPLY=()
    _vaultcrypt 2>err
    equal "${COMPREPLY[*]}" "$wanted"
}
offered() { # WORD LINE...: is among them
    local wanted=$1
    shift
    COMP_WORDS=(vaultcrypt "$@") COMP_CWORD=$# COMPREPLY=()
    _vaultcrypt 2>err
    holds " ${COMPREPLY[*]} " " $wanted "
}
touch notes.txt
check 'a command' offers 'encrypt' enc
check 'a group' offered key k
check 'of a group' offers 'rotate' key ro
check 'an option' offers '--schema=' encrypt --sch
check 'a flag' offers '--tls-skip-verify' status --tls-sk
check 'of a command of two words' offers '--exportable' key create --exp
check 'a group of two words' offers 'make' release-policy ma
check 'a value of few' offers 'json' status --format = j
check 'behind a letter' offers 'table json' status -o ''
check 'behind an equals sign' offers 'table json' status --format =
check 'a file' offers 'notes.txt' encrypt --schema = no
check 'an operand is a file' offers 'notes.txt' encrypt no
check 'nothing for what only you know' offers '' encrypt --address ''
if [ -x "$top_builddir/bin/vaultcrypt-send" ]; then
    check 'a program of its own' offers 'send' sen
    check 'an option of it' offers '--settle=' send --set
    check 'a value of few of it' offers 'native demo' receive --format = ''
    check 'of another' offers 'skip raw stop' consume --on-error = ''
    check 'of an audit' offers '--no-keys' scan --no
    check 'of a page' offers '--web-service=' view --web
fi
if [ -x "$top_builddir/bin/vaultcrypt-dlq" ]; then
    check 'a group that is a program' offers 'dlq' dl
    check 'its commands' offers 'list replay --help' dlq ''
    check 'an option of one' offers '--dry-run' dlq replay --dry
fi
check 'help' offers '--help' random --he
# Every command that --help lists is known, and each of its options.
"$vaultcrypt" --help | sed -nE '/program of its own/d; s/^  ([a-z][a-z-]*) .*/\1/p' >words
while read -r word; do
    check "offers $word" offered "$word" "$word"
done <words
for option in $("$vaultcrypt" encrypt --help | sed -nE 's/^  (-., |    )(--[a-z-]+=?).*/\2/p'); do
    offered "${option}" encrypt "${option%=}" >/dev/null || check "offers $option" false
done
finish
