"""What the portal is made of: locked by hash, listed with licences, asked about for known vulnerabilities.

    python -m portal.local.supply lock | licences | audit

`lock` writes requirements.lock, `licences` writes docs/licences.md, `audit` asks a public list of advisories. All
three go through uv, which knows the registry that this machine is set up for; no name of it gets into a file.
"""

from __future__ import annotations

import hashlib
import importlib.metadata as metadata
import json
import re
import subprocess
import sys
from typing import Any

from portal.local.packages import LOCK, SITE, find_uv
from portal.local.places import CHECKOUT

LICENCES = CHECKOUT / "docs" / "licences.md"
OLDEST_PYTHON = "3.11"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
# Permissive, or weak copyleft that ends at the package's own files.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "HPND",
    "ISC",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "OFL-1.1",
    "PSF-2.0",
    "Unlicense",
}
# Where the metadata names no licence by its identifier, or a package is only installed on some platforms: as its
# own licence file says.
KNOWN = {
    "colorama": "BSD-3-Clause",
    "css-inline": "MIT",
    "django-csp": "BSD-3-Clause",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "psycopg2-binary": "LGPL-3.0-or-later",
    "pycparser": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "qrcode": "BSD-3-Clause",
    "resvg-py": "MIT",
    "sqlparse": "BSD-3-Clause",
    "typing-extensions": "PSF-2.0",
}
VENDORED = (  # what lies in static/, with the file that holds its licence
    ("htmx", "0BSD", "static/vendor/htmx-LICENSE.txt"),
    ("Lucide icons", "ISC", "static/icons/lucide-LICENSE.txt"),
    ("Inter", "OFL-1.1", "static/fonts/inter-LICENSE.txt"),
    ("Source Serif 4", "OFL-1.1", "static/fonts/source-serif-4-LICENSE.txt"),
)


def lock() -> int:
    """Write requirements.lock: every package of requirements.txt and below, with the hashes of all its files."""
    command = [
        find_uv() or "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "--upgrade",
    ]
    command += ["--no-header", "--no-annotate", "--python-version", OLDEST_PYTHON, str(CHECKOUT / SITE)]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        print(made.stderr, file=sys.stderr)
        return made.returncode
    digest = hashlib.sha256((CHECKOUT / SITE).read_bytes()).hexdigest()
    head = f"# Made by `make lock`; do not edit. {SITE}: sha256:{digest}\n"
    (CHECKOUT / LOCK).write_text(head + made.stdout)
    return 0


def locked() -> dict[str, str]:
    """{name: version} of all that requirements.lock holds."""
    return dict(PINNED.findall((CHECKOUT / LOCK).read_text()))


def licence_of(name: str) -> str:
    """The licence of the package `name` by its SPDX expression, from its metadata or from KNOWN."""
    if name in KNOWN:
        return KNOWN[name]
    found = metadata.metadata(name)
    return next((found[field] for field in ("License-Expression", "License") if field in found), "unknown")


def licences() -> str:
    """The text of docs/licences.md."""
    rows = [(name, licence_of(name), "requirements.txt") for name in sorted(locked())]
    rows += [(name, licence, f"`{file}`") for name, licence, file in VENDORED]
    lines = [f"| {name} | {licence} | {source} |" for name, licence, source in rows]
    return "\n".join([HEAD, "| part | licence | comes by |", "|---|---|---|", *lines, ""])


HEAD = """# Licences

What the running portal consists of besides its own code: the packages of `requirements.lock`, and what lies in `static/`.
Made by `make licences`; a test holds that it is current and that nothing else than permissive licences and weak copyleft is in it.
"""


def is_allowed(licence: str) -> bool:
    """Does `licence`, an SPDX expression, leave a way that ALLOWED holds?"""
    ways = (way.strip(" ()").split(" AND ") for way in licence.split(" OR "))
    return any(all(part.strip(" ()") in ALLOWED for part in way) for way in ways)


def audit() -> int:
    """Ask for known vulnerabilities of what is locked. 0: none is known; 1: some are; 2: not all could be asked for."""
    command = [find_uv() or "uv", "tool", "run", "pip-audit", "--format", "json", "--disable-pip"]
    command += ["--require-hashes", "--requirement", str(CHECKOUT / LOCK)]
    asked = subprocess.run(command, capture_output=True, text=True)
    found, silent = findings(asked.stdout)
    for line in found:
        print(line)
    if silent:
        print(asked.stderr[-2000:], file=sys.stderr)
        print(
            f"Nothing could be learnt about {', '.join(silent)}: this is no clean result. Is the network there?"
        )
    elif not found:
        print("No vulnerability is known.")
    return 1 if found else 2 if silent else 0


def findings(answer: str) -> tuple[list[str], list[str]]:
    """pip-audit's JSON as one line for each vulnerability, and the names of packages that it says nothing about."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
        silent = [package["name"] for package in packages if "vulns" not in package]
        found = [
            f"{package['name']} {package['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or '–'}"
            for package in packages
            for one in package.get("vulns", ())
        ]
    except (ValueError, LookupError, TypeError):
        return [], ["any package"]
    return found, silent if packages else ["any package"]


def main(what: str) -> int:
    if what == "lock":
        return lock()
    if what == "licences":
        LICENCES.write_text(licences())
        return 0
    if what == "audit":
        return audit()
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
