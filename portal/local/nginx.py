"""nginx with the configuration of `deploy/nginx/`, on loopback, in a folder of its own."""

import contextlib
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from portal.local import programs
from portal.local.loopback import HOST, LOOPBACK, free_port, listens, running
from portal.local.places import CHECKOUT, LocalError

CONFIGURATION = CHECKOUT / "deploy" / "nginx"
MAIN = """
pid nginx.pid;
error_log nginx-error.log;
worker_processes 2;
daemon off;
events { worker_connections 2048; }
http {
    include ${mime_types};
    default_type application/octet-stream;
    sendfile on;
    access_log off;
    ${temporary}
    include *.conf.site;
}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Front:
    """A running nginx: its ports, its folder, and its process."""

    http: int
    https: int
    folder: Path
    pid: int


@contextlib.contextmanager
def fronting(
    ports: Iterable[int], parent: Path, data: Path, more: Mapping[str, str] | None = None
) -> Iterator[Front]:
    """nginx in front of the portals on `ports`, whose DATA_DIR is `data`.

    parent  where its folder is made
    more    further configuration by names of one's own; ${HTTPS} in it is the port of the portal
    """
    folder = Path(tempfile.mkdtemp(dir=parent, prefix="nginx-"))
    folder.chmod(0o755)  # nginx's workers have an account of their own if root starts it
    front_ports = free_port(), free_port()
    values = {
        "HTTP": str(front_ports[0]),
        "HTTPS": str(front_ports[1]),
        "PORTAL_HOST": HOST,
        "PORTAL_HTTP": f"{LOOPBACK}:{front_ports[0]}",
        "PORTAL_HTTPS": f"{LOOPBACK}:{front_ports[1]}",
        "PORTAL_SERVERS": " ".join(f"server {LOOPBACK}:{port};" for port in ports),
        "PORTAL_STATIC": str(data / "static"),
        "PORTAL_MEDIA": str(data / "media"),
        "PORTAL_PAGES": str(CONFIGURATION / "pages"),
        "PORTAL_LOGS": str(folder),
        **certificate(folder),
    }
    write_configuration(folder, values, more or {})
    check_configuration(folder)
    with running(nginx_command(folder), folder, os.environ, lambda: listens(front_ports[1])) as process:
        yield Front(*front_ports, folder, process.pid)


def trusting() -> ssl.SSLContext:
    """For clients: our certificate is signed by nobody."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def certificate(folder: Path) -> dict[str, str]:
    """Make a certificate for HOST that is good for two days; returns where it lies."""
    key, pem = folder / "key.pem", folder / "certificate.pem"
    command = [programs.find(programs.OPENSSL), "req", "-x509", "-nodes", "-newkey", "ec"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-subj", f"/CN={HOST}"]
    command += ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(pem)]
    subprocess.run(command, check=True, capture_output=True)
    return {"PORTAL_CERTIFICATE": str(pem), "PORTAL_KEY": str(key)}


def write_configuration(folder: Path, values: Mapping[str, str], more: Mapping[str, str]) -> None:
    """Fill in `deploy/nginx/` and what comes on top of it."""
    shutil.copytree(CONFIGURATION / "snippets", folder / "snippets")
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    main = Template(MAIN).substitute(mime_types=mime_types(), temporary=temporary)
    (folder / "nginx.conf").write_text(main)
    sites = {"portal": (CONFIGURATION / "portal.conf.template").read_text(), **more}
    for name, text in sites.items():
        (folder / f"{name}.conf.site").write_text(Template(text).safe_substitute(values))


def mime_types() -> Path:
    """nginx's own table of content types, which lies beside its standard configuration."""
    said = subprocess.run([programs.find(programs.NGINX), "-V"], capture_output=True, text=True).stderr
    path = next((word.partition("=")[2] for word in said.split() if word.startswith("--conf-path=")), "")
    return Path(path or "/etc/nginx/nginx.conf").with_name("mime.types")


def nginx_command(folder: Path) -> list[str]:
    where = ["-p", f"{folder}/", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/nginx-error.log"]
    return [programs.find(programs.NGINX), *where]


def check_configuration(folder: Path) -> str:
    """Returns what `nginx -t` says. raises LocalError if it finds an error"""
    ran = subprocess.run([*nginx_command(folder), "-t"], capture_output=True, text=True)
    if ran.returncode:
        raise LocalError(ran.stderr)
    return ran.stderr
