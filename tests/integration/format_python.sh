#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The reader in Python, written from vaultcrypt-format(5) alone, over the vectors; and as a program.
set -u
source=${top_srcdir:?}
python=python3
"$python" -c 'from cryptography.hazmat.primitives.ciphers.aead import AESSIV' 2>/dev/null ||
    python=$("$source/tests/services/venv" format) || exit $?
"$python" -B "$source/tests/integration/format_python.py" "$source" || exit 1

# what the first vector holds, from standard input
read -r token key plaintext < <("$python" -c '
import json, sys
v = json.load(open(sys.argv[1]))
t = v["tests"][0]
print(t["token"], v["keys"][t["key"]]["key"], t["plaintext"])' "$source/tests/vectors/format/tokens.json")
read_py() { printf '%s' "$token" | "$python" "$source/examples/format/read.py" --context customers --path "$1" --key "$key"; }
[ "$(read_py '$.email' | od -An -tx1 | tr -d ' \n')" = "$plaintext" ] || { echo "read.py did not read it"; exit 1; }
said=$(read_py '$.phone' 2>&1) && { echo "read.py read it from another path"; exit 1; }
[ "$said" = 'read.py: refused: it cannot be authenticated: changed, or of another key or context' ] || { echo "$said"; exit 1; }
