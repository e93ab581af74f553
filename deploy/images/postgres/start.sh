#!/bin/sh
# Makes the database at the first start, then serves. POSTGRES_PASSWORD is the password of the role that owns it.
set -eu
database="${POSTGRES_DB:-cpaiqa}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?expected a password for the first start}"
    initdb --username=postgres --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 >/dev/null
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl --silent --wait --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start
    psql --quiet --host=/tmp --username=postgres --set=ON_ERROR_STOP=1 --set=name="$database" \
        --set=password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
SQL
    pg_ctl --silent --wait stop
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
