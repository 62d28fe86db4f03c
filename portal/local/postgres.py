"""The portal's own PostgreSQL, used when DATABASE_URL is not set.

    python -m portal.local.postgres start | stop | status | url | psql [arguments of psql]

The settings ask `connection_settings`; the database backend calls `hold`.
"""

import atexit
import functools
import subprocess
import sys

from portal.local.cluster import NAME, PORT, Cluster, Lease
from portal.local.places import LocalError, database_home

USAGE = "usage: python -m portal.local.postgres start|stop|status|url|psql"


@functools.cache
def own_cluster() -> Cluster:
    """The cluster of this checkout. Makes and starts nothing."""
    return Cluster(database_home())


def connection_settings() -> dict[str, str]:
    """Return `DATABASES["default"]` for our own server. Makes and starts nothing."""
    return {
        "ENGINE": "portal.local.backend",
        "NAME": NAME,
        "USER": NAME,
        "HOST": str(own_cluster().socket_folder),
        "PORT": str(PORT),
    }


def hold() -> None:
    """Start our server if it is down, and keep it until this process ends. Cheap when it is up.

    raises  LocalError if it cannot be started
    """
    _process_lease()
    own_cluster().ensure()


@functools.cache
def _process_lease() -> Lease:
    lease = Lease(own_cluster())
    atexit.register(lease.release)
    return lease


def _psql(arguments: list[str]) -> int:
    """Run psql on the portal's database, and return its exit status."""
    hold()
    program = own_cluster().programs() / "psql"
    return subprocess.run([program, own_cluster().url, *arguments]).returncode


def _status() -> int:
    cluster = own_cluster()
    is_up = cluster.is_ready()
    print("up" if is_up else "down", cluster.data)
    return 0 if is_up else 3


def main(arguments: list[str]) -> int:
    """Do what the command line says and return the exit status."""
    command, *rest = arguments or [""]
    try:
        if command == "start":
            own_cluster().start_for_good()
        elif command == "stop":
            own_cluster().stop()
        elif command == "status":
            return _status()
        elif command == "url":
            print(own_cluster().url)
        elif command == "psql":
            return _psql(rest)
        else:
            print(USAGE, file=sys.stderr)
            return 2
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
