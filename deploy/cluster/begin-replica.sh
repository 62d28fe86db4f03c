#!/bin/sh
# A copy of the primary that follows it; made once, then only started.
#   PGPASSWORD  of the account portal, which may replicate
#   PRIMARY, PORT_OF_PRIMARY, PGDATA  where they are
set -eu
data=${PGDATA:-/var/lib/postgresql/data}
if [ ! -s "$data/PG_VERSION" ]; then
    pg_basebackup --host="${PRIMARY:-primary}" --port="${PORT_OF_PRIMARY:-5432}" --username=portal --pgdata="$data" \
        --write-recovery-conf --wal-method=stream --create-slot --slot=replica --checkpoint=fast
    chmod 0700 "$data"
fi
exec postgres -D "$data" -c hot_standby=on -c hot_standby_feedback=on "$@"
