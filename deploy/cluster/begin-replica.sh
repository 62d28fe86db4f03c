#!/bin/sh
# A copy of the primary that follows it; made once, then only started.
#   PGPASSWORD  of the account portal, which may replicate
#   PRIMARY, PORT_OF_PRIMARY, PGDATA  where they are
set -eu
data=${PGDATA:-/var/lib/postgresql/data}
primary="host=${PRIMARY:-primary} port=${PORT_OF_PRIMARY:-5432} user=portal"
if [ ! -s "$data/global/pg_control" ]; then # the last file of a copy
    # A copy that was cut off leaves files, and a slot for which the primary keeps its log.
    find "$data" -mindepth 1 -delete
    pg_receivewal --dbname="$primary" --drop-slot --slot=replica 2> /dev/null || true # usually there is none
    pg_basebackup --dbname="$primary" --pgdata="$data" \
        --write-recovery-conf --wal-method=stream --create-slot --slot=replica --checkpoint=fast
    chmod 0700 "$data"
fi
exec postgres -D "$data" -c hot_standby=on -c hot_standby_feedback=on "$@"
