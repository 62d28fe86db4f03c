#!/bin/sh
# Run once by the image of PostgreSQL, when the primary is made.
set -eu
echo "host replication portal samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
