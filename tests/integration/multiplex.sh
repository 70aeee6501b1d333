#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Over TLS requests go by HTTP/2, many on one connection: shown on a real OpenBao.
exec "$top_srcdir/tests/services/with" openbao-tls -- "$top_builddir/tests/integration/multiplex"
