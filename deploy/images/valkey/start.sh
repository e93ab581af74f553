#!/bin/sh
# Serves counters that survive a restart. The settings go in by standard input, where no list of processes shows the password.
set -eu
: "${VALKEY_PASSWORD:?expected a password}"
exec valkey-server - <<SETTINGS
requirepass "$VALKEY_PASSWORD"
protected-mode no
dir /var/lib/valkey
appendonly yes
save ""
maxmemory ${VALKEY_MAXMEMORY:-192mb}
maxmemory-policy noeviction
SETTINGS
