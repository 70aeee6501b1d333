#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formats of others against independent readers and writers in Python (kroxylicious.py, demo_payload.py, foreign.py).
set -u
source=${top_srcdir:?}
python=python3
"$python" -c 'from cryptography.hazmat.primitives.ciphers.aead import AESGCM' 2>/dev/null ||
    python=$("$source/tests/services/venv" format) || exit $?
exec "$python" -B "$source/tests/integration/foreign.py" "${top_builddir:?}/tests/integration/foreign"
