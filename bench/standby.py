"""A read-only PostgreSQL that follows another one, begun as `deploy/cluster/` begins it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.local import binaries, children
from portal.local.cluster import PORT, Cluster
from portal.local.places import CHECKOUT, LocalError, make_passable, make_private, server_account

SCRIPT = CHECKOUT / "deploy" / "cluster" / "begin-replica.sh"
PATIENCE = 120  # seconds for the copy and the start


@contextmanager
def following(primary: Cluster, home: Path) -> Iterator[Cluster]:
    """A replica of `primary` in the new folder `home`, from when it answers until the end of the block."""
    replica, account = Cluster(home), server_account(primary.data)
    programs = primary.programs()
    if account:
        programs = binaries.within_reach(programs, primary.home)
    make_passable(home)
    for folder in (replica.data, replica.socket_folder):
        make_private(folder, account)
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(replica.socket_folder),
        "unix_socket_permissions": "0700",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    environment = {
        "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
        "LC_ALL": "C.UTF-8",
        "PRIMARY": str(primary.socket_folder),
        "PORT_OF_PRIMARY": str(PORT),
        "PGDATA": str(replica.data),
    }
    other: dict[str, Any] = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    )
    with SCRIPT.open("rb") as script, replica.log.open("wb") as log:  # its account may not read the checkout
        process = subprocess.Popen(  # noqa: S603  (our own)
            ["sh", "-s", "--", *options],  # noqa: S607  (the machine's own shell)
            cwd=replica.data,
            env=environment,
            stdin=script,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o077,
            **other,
        )
    try:
        wait_for(replica, process)
        yield replica
    finally:
        replica.stop()
        children.end([process])


def wait_for(replica: Cluster, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not replica.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise LocalError(f"The replica does not start:\n{replica.log.read_text()[-3000:]}")
        time.sleep(0.05)
