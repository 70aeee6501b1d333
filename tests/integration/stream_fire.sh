#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# stream_fire.sh: at least once under fire, a short run of stream_chaos.sh, in which the group has one protocol, now this, now that. `make soak-stream` has a
# longer one, with both. Exit status: its.
export STREAM_GUARANTEE=at-least-once STREAM_DEEDS=${STREAM_DEEDS-restart_broker replace suspend} STREAM_PROTOCOL=${STREAM_PROTOCOL-either}
exec "$BASH" "$(dirname "$0")/stream_chaos.sh" "${STREAM_KILLS:-3}"
