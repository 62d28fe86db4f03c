"""What deploy/ and docs/operations.md say fits the code."""

import configparser
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from django.conf import settings

from tests import production

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.*"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
ASSIGNED = re.compile(r"^#?([A-Z][A-Z_]+)=(.*)$", re.M)
NAMED = re.compile(r"`(?!PORTAL_)([A-Z][A-Z_]{3,})`")  # those of nginx begin with PORTAL_
READ_BY_SETTINGS = set(
    re.findall(
        r'\b(?:env(?:\.\w+)?|positive|natural|share)\(\s*"([A-Z_]+)"',
        (settings.BASE_DIR / "portal/settings.py").read_text(),
    )
)
KEY = "0123456789abcdef" * 4
OF_OTHERS = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PATH"}  # of Python and the system
ELSEWHERE = {
    "DATA_DIR",
    "DEMO_PASSWORD",
}  # read before the settings, by portal/local/places.py, or by a command


def example():
    """{name: value} of the example, those in comments too."""
    return dict(ASSIGNED.findall((DEPLOY / "portal.env.example").read_text()))


def unit(path):
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(path)
    return parser


def test_the_example_names_settings_only():
    assert set(example()) - ELSEWHERE <= READ_BY_SETTINGS


def test_the_example_starts_and_the_check_says_nothing(tmp_path):
    lines = re.sub("^#.*$", "", (DEPLOY / "portal.env.example").read_text(), flags=re.M)
    filled = dict(ASSIGNED.findall(lines)) | {"SECRET_KEY": KEY, "SUPPRESSION_KEY": KEY[::-1]}
    filled["DATA_DIR"] = str(tmp_path)

    process = production.run("manage.py", "check", "--deploy", "--fail-level", "INFO", **filled)

    assert process.returncode == 0, process.stderr
    assert "no issues" in process.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "SUPPRESSION_KEY"])
def test_the_example_does_not_start_before_its_secrets_are_filled_in(name):
    filled = {"SECRET_KEY": KEY, "SUPPRESSION_KEY": KEY[::-1], name: example()[name]}

    process = production.run("manage.py", "check", **filled)

    assert process.returncode != 0
    assert name in process.stderr


def test_the_handbook_names_settings_only():
    named = set(NAMED.findall((settings.BASE_DIR / "docs/operations.md").read_text()))

    assert {"SECRET_KEY", "DATABASE_URL", "METRICS_TOKEN", "SENTRY_DSN", "BACKUP_KEY"} <= named
    assert named - ELSEWHERE <= READ_BY_SETTINGS


def test_every_setting_is_explained_somewhere():
    pages = [settings.BASE_DIR / "README.md", *(settings.BASE_DIR / "docs").glob("*.md")]
    explained = {name for page in pages for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", page.read_text())}

    assert len(READ_BY_SETTINGS) > 50
    assert READ_BY_SETTINGS - explained == set()


def test_the_handbook_explains_every_figure():
    figures = set(re.findall(r'"(portal_\w+)"', (settings.BASE_DIR / "portal/metrics.py").read_text()))
    explained = (settings.BASE_DIR / "docs/operations.md").read_text()

    assert len(figures) > 5
    assert [name for name in figures if f"`{name}" not in explained] == []


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_exists(path):
    line = unit(path)["Service"]["ExecStart"]

    command = re.search(r"manage\.py (\w+)|celery -A portal\.celery (\w+)", line)
    assert command, line
    if command[1]:
        assert (settings.BASE_DIR / f"portal/management/commands/{command[1]}.py").exists()
    else:
        assert command[2] in ("worker", "beat")


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_is_confined(path):
    service = unit(path)["Service"]

    assert service["User"] == "portal"
    assert service["NoNewPrivileges"] == service["ProtectHome"] == service["PrivateTmp"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert "Environment" not in service or set(re.findall(r"([A-Z_]+)=", service["Environment"])) <= (
        READ_BY_SETTINGS | OF_OTHERS
    )


def test_a_unit_waits_longer_than_what_it_ends():
    web = unit(DEPLOY / "systemd/portal-web@.service")["Service"]

    assert int(web["TimeoutStopSec"]) > settings.DRAIN_SECONDS


def test_the_image_has_all_of_the_code():
    copied = set(re.findall(r"^COPY (\w+) \1$", (DEPLOY / "Containerfile").read_text(), re.M))
    packages = {path.parent.name for path in settings.BASE_DIR.glob("*/__init__.py")} - {"tests", "bench"}

    assert packages | {"templates", "static", "demo"} == copied


def test_the_image_has_nothing_that_an_operator_keeps_beside_the_code():
    taken = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Containerfile").read_text(), re.M)

    assert [path for line in taken for path in line.split() if path in (".", "deploy", "deploy/")] == []


def test_the_image_is_not_run_by_root():
    lines = (DEPLOY / "Containerfile").read_text().splitlines()

    assert lines.index("USER portal") < next(n for n, line in enumerate(lines) if line.startswith("CMD "))
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


def test_the_cluster_can_be_read():
    cluster = yaml.safe_load((DEPLOY / "cluster/compose.yaml").read_text())
    services = cluster["services"]

    assert {"nginx", "web1", "web2", "newsletter", "beat", "redis", "primary", "replica"} <= set(services)
    assert set(services["web1"]["environment"]) - ELSEWHERE <= READ_BY_SETTINGS
    words = set(re.findall(r"\$\{(PORTAL_\w+)\}", (DEPLOY / "nginx/portal.conf.template").read_text()))
    assert words == set(services["nginx"]["environment"])


@pytest.fixture
def portal():
    """A server whose /readyz says 503 twice, then 200; its port, and the hosts that were asked for."""
    answers, hosts = [503, 503], []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            hosts.append(self.headers["Host"])
            self.send_response(answers.pop() if answers else 200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, hosts
    server.shutdown()
    thread.join()
    server.server_close()


def ready(port, *seconds):
    return subprocess.run(
        [sys.executable, DEPLOY / "ready.py", str(port), *seconds],
        env={"ALLOWED_HOSTS": "portal.example,127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_start_is_waited_for(portal):
    port, hosts = portal

    assert ready(port, "60").returncode == 0
    assert hosts == ["portal.example"] * 3


def test_a_server_on_another_address_is_asked_there(portal):
    port, _ = portal

    assert ready(f"localhost:{port}", "60").returncode == 0
    assert ready(f"127.0.0.9:{port}").returncode == 1


def test_a_server_that_is_not_ready_is_told(portal):
    port, _ = portal

    process = ready(port)

    assert process.returncode == 1
    assert process.stderr.startswith("503")


def test_a_server_that_has_ended_is_not_waited_for(portal):
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait()

    assert ready(portal[0], "60", str(ended.pid)).returncode == 1
    assert len(portal[1]) == 1


def test_a_server_that_is_not_there_is_told():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    assert ready(port).returncode == 1
