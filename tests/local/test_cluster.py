import os
import signal
import stat
import subprocess
import sys
import time

import psycopg2
import pytest

from portal.local.cluster import PORT, Cluster, Lease
from portal.local.places import CHECKOUT, LocalError


def python(code, *arguments, **options):
    """Start another Python process on the checkout."""
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], cwd=CHECKOUT, **options)


def server_pid(cluster):
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def kill_server(cluster):
    os.kill(server_pid(cluster), signal.SIGKILL)
    while cluster.is_ready():  # the kernel takes a moment
        time.sleep(0.01)


ENSURE = """
import sys
from pathlib import Path
from portal.local.cluster import Cluster
Cluster(Path(sys.argv[1])).ensure()
"""
HOLD = """
import sys, time
from pathlib import Path
from portal.local.cluster import Cluster, Lease
lease = Lease(Cluster(Path(sys.argv[1])))
print("held", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("name", ['b\'c "d" $HOME', "long" * 30])
def test_socket_lies_in_tmp_when_the_path_does_not_suit(folder, name):
    cluster = Cluster(folder / name)

    assert len(cluster.socket_folder.parts) == 3  # /tmp and a name
    assert cluster.socket_folder != Cluster(folder).socket_folder


def test_first_start_by_several_processes_in_a_difficult_path_makes_one_server(folder, ask):
    cluster = Cluster(folder / f'b\'c "d" $HOME {"long" * 30}')
    (cluster.home / "pg.new").mkdir(parents=True)
    (cluster.home / "pg.new" / "PG_VERSION").write_text("left by an interrupted attempt")
    cluster.home.chmod(0o711)

    processes = [python(ENSURE, cluster.home) for _ in range(3)]

    try:
        assert [process.wait(60) for process in processes] == [0, 0, 0]
        assert not (cluster.home / "pg.new").exists()
        assert ask(cluster, "select current_database()") == "portal"
        assert ask(cluster, "show data_directory") == str(cluster.data)
    finally:
        cluster.stop()
        cluster.socket_folder.rmdir()


def test_server_is_private(cluster, ask):
    assert ask(cluster, "show listen_addresses") == ""
    assert stat.S_IMODE(cluster.socket_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.log.stat().st_mode) == 0o600
    assert cluster.data.stat().st_uid != 0


def test_server_has_what_the_site_needs(cluster, ask):
    assert ask(cluster, "show server_encoding") == "UTF8"
    assert ask(cluster, "select lower('ÄÉ')") == "äé"
    for extension in ("pg_trgm", "unaccent", "btree_gin"):
        ask(cluster, f"create extension if not exists {extension}")


def test_killed_server_starts_again_with_every_row(cluster, ask):
    ask(cluster, "create table kept (word text)")
    ask(cluster, "insert into kept values ('still here')")
    killed = server_pid(cluster)
    client = psycopg2.connect(cluster.url)  # its server process outlives the killed one for a moment

    kill_server(cluster)
    cluster.ensure()

    assert server_pid(cluster) != killed
    assert ask(cluster, "select word from kept") == "still here"
    client.close()


def test_start_is_not_fooled_by_process_ids_that_others_have_now(cluster, ask):
    cluster.stop()
    for path in (cluster.data / "postmaster.pid", cluster.socket_folder / f".s.PGSQL.{PORT}.lock"):
        path.write_text(f"{os.getpid()}\n{cluster.data}\n1\n{PORT}\n{cluster.socket_folder}\n\n\nready\n")

    seemed_ready = cluster.is_ready()
    cluster.stop()  # must not end us
    cluster.ensure()

    assert not seemed_ready
    assert ask(cluster, "select 1") == 1


def test_last_to_leave_stops_the_server(cluster):
    first, second = Lease(cluster), Lease(cluster)

    first.release()
    was_ready = cluster.is_ready()
    second.release()

    assert was_ready
    assert not cluster.is_ready()


def test_killed_holder_does_not_keep_the_server_up(cluster):
    lease = Lease(cluster)
    with python(HOLD, cluster.home, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        holder.kill()

    lease.release()

    assert not cluster.is_ready()


def test_server_started_for_good_outlives_its_users_until_stopped(cluster):
    cluster.start_for_good()

    Lease(cluster).release()
    was_ready = cluster.is_ready()
    cluster.stop()

    assert was_ready
    assert not cluster.is_ready()


def test_start_refuses_a_folder_of_other_files(folder):
    cluster = Cluster(folder / "other")
    cluster.data.mkdir(parents=True)
    (cluster.data / "letter.txt").write_text("Dear all")

    with pytest.raises(LocalError, match="not empty"):
        cluster.ensure()

    assert (cluster.data / "letter.txt").read_text() == "Dear all"


def test_start_refuses_data_of_a_version_that_is_not_here(folder):
    cluster = Cluster(folder / "future")
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").write_text("999\n")

    with pytest.raises(LocalError, match="PostgreSQL 999"):
        cluster.ensure()
