import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from portal.local import supervisor
from portal.local.places import CHECKOUT, LocalError

# The supervisor with stand-ins for the site: a manage.py that does nothing, and a server that answers.
STAND_IN = """
import sys
from pathlib import Path
from portal.local import supervisor

folder = Path(sys.argv[1])
(folder / "manage.py").write_text('''
import os, sys, time
from http.server import ThreadingHTTPServer, SimpleHTTPRequestHandler
open(sys.argv[1], "w").write(str(os.getpid()))
if sys.argv[1] == "serve":
    host, port = sys.argv[2].split(":")
    SimpleHTTPRequestHandler.log_message = lambda *args: None
    ThreadingHTTPServer((host, int(port)), SimpleHTTPRequestHandler).serve_forever()
time.sleep(60)
''')
(folder / "healthz").touch()
supervisor.CHECKOUT = folder
supervisor.data_folder = lambda: folder
supervisor.kept = lambda name: "open sesame"
sys.exit(supervisor.main("run"))
"""
BROKEN_SITE = STAND_IN.replace("import os, sys, time", "raise SystemExit(7)")


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_running(note):
    """True if the process that left its id in the file `note` still exists."""
    try:
        os.kill(int(note.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(note):
    while not note.exists() or not note.read_text():
        time.sleep(0.02)


def lines_until(stream, wanted):
    lines = []
    for line in stream:
        lines.append(line.strip())
        if wanted in line:
            break
    return lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_supervisor_serves_until_a_signal_and_leaves_nothing(tmp_path, port, number):
    environment = os.environ | {"PORT": str(port), "DATABASE_URL": "postgres://elsewhere/portal"}
    command = [sys.executable, "-c", STAND_IN, tmp_path]

    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        said = lines_until(process.stdout, "Ctrl-C")
        wait_for(tmp_path / "worker")
        process.send_signal(number)
        status = process.wait(15)

    assert status == 0
    assert f"The portal    http://127.0.0.1:{port}/" in said
    assert not is_running(tmp_path / "serve")
    assert not is_running(tmp_path / "worker")
    supervisor.check_port(port)


def test_supervisor_gives_up_when_the_site_never_answers(tmp_path, port):
    environment = os.environ | {"PORT": str(port), "DATABASE_URL": "postgres://elsewhere/portal"}
    command = [sys.executable, "-c", BROKEN_SITE, tmp_path]

    ran = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=15)

    assert ran.returncode == 1
    assert "web ended with status 7" in ran.stderr


def test_taken_port_is_refused_with_advice(port):
    with socket.create_server(("127.0.0.1", port)), pytest.raises(LocalError, match="PORT=8001"):
        supervisor.check_port(port)


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "８０００"])
def test_port_that_is_no_port_is_refused(text, monkeypatch, tmp_path):
    monkeypatch.setenv("PORT", text)
    monkeypatch.setenv("DEVELOPMENT", "1")
    monkeypatch.setenv("DEMO_PASSWORD", "open sesame")

    with pytest.raises(LocalError, match="1 to 65535"):
        supervisor.set_environment("run")


def test_second_supervisor_on_a_port_is_refused(port, monkeypatch, tmp_path):
    monkeypatch.setattr(supervisor, "data_folder", lambda: tmp_path)

    with (
        supervisor.announced(port),
        pytest.raises(LocalError, match="runs already"),
        supervisor.announced(port),
    ):
        pass


def test_stop_ends_the_supervisor_and_ignores_the_note_of_a_killed_one(port, monkeypatch, tmp_path):
    monkeypatch.setattr(supervisor, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(supervisor.postgres.Cluster, "stop", lambda self: None)
    supervisor.note_of(1).write_text(f"{os.getpid()}\n")  # nobody holds its lock: must not end us
    environment = os.environ | {"PORT": str(port), "DATABASE_URL": "postgres://elsewhere/portal"}
    command = [sys.executable, "-c", STAND_IN, tmp_path]

    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        lines_until(process.stdout, "Ctrl-C")
        supervisor.stop()
        status = process.wait(15)

    assert status == 0


@pytest.mark.parametrize(("development", "is_made"), [("1", True), ("yes", True), ("0", False)])
def test_demo_password_is_made_in_development_only(development, is_made, monkeypatch):
    monkeypatch.setenv("DEVELOPMENT", development)
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.setenv("DEMO_PASSWORD", "")
    monkeypatch.setattr(supervisor, "kept", lambda name: "made up")

    supervisor.set_environment("run")

    assert (os.environ["DEMO_PASSWORD"] == "made up") is is_made


@pytest.mark.parametrize("url", ["nonsense", "memory://", "redis", "redis://", "redis://a b", "http://x/"])
def test_broker_that_is_none_stops_the_start_in_one_line(url, tmp_path, port):
    environment = os.environ | {"PORT": str(port), "CELERY_BROKER_URL": url}
    command = [sys.executable, "-c", STAND_IN, str(tmp_path)]

    ended = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        "CELERY_BROKER_URL must begin with redis://, rediss://, amqp:// or amqps://, or be empty."
    ]


def test_missing_celery_stops_the_start_with_the_command(monkeypatch):
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://localhost/0")
    monkeypatch.setattr(supervisor, "find_spec", lambda name: None)

    with pytest.raises(
        LocalError, match=r"missing for CELERY_BROKER_URL: .* -m pip install -r .*optional\.txt"
    ):
        supervisor.work()
