#!/bin/sh
# As the official image does: on an empty volume a cluster, and the scripts over the socket; then the server on all addresses.
set -e
PATH="$(pg_config --bindir 2>/dev/null || dirname /usr/lib/postgresql/*/bin/postgres):$PATH"
data=/var/lib/postgresql/data
install -d -o postgres -g postgres /var/lib/postgresql /run/postgresql
as() { setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$@"; }
if [ ! -s "$data/PG_VERSION" ]; then
  printf '%s\n' "${POSTGRES_PASSWORD:?}" > /run/postgresql/password
  chown postgres /run/postgresql/password
  as initdb --pgdata "$data" --username postgres --pwfile /run/postgresql/password --auth-local trust --auth-host scram-sha-256
  rm /run/postgresql/password
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  as pg_ctl --pgdata "$data" --options '-c listen_addresses=' --wait start
  for script in /docker-entrypoint-initdb.d/*.sql; do
    as psql --set ON_ERROR_STOP=1 --username postgres --no-psqlrc --file "$script"
  done
  as pg_ctl --pgdata "$data" --mode fast --wait stop
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -D "$data" -c 'listen_addresses=*'
