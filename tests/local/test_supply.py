import json
import re
import subprocess

import pytest

from portal.local import packages, supply
from portal.local.places import CHECKOUT


def test_the_lock_is_of_the_present_requirements():
    assert packages.is_locked(), "Run `make lock`."


def test_the_lock_holds_a_hash_for_each_package_and_names_no_host():
    text = (CHECKOUT / packages.LOCK).read_text()
    entries = re.split(r"\n(?=\w)", text)[1:]

    assert len(entries) == len(supply.locked()) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def test_the_licences_are_current_and_all_allowed():
    assert supply.LICENCES.read_text() == supply.licences(), "Run `make licences`."
    names = {name: supply.licence_of(name) for name in supply.locked()}
    names |= {name: licence for name, licence, _ in supply.VENDORED}
    assert {name: licence for name, licence in names.items() if not supply.is_allowed(licence)} == {}


def test_everything_that_is_vendored_brings_its_licence():
    files = {CHECKOUT / file for _, _, file in supply.VENDORED}

    assert all(file.exists() for file in files)
    assert set((CHECKOUT / "static").rglob("*LICENSE*")) == files


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("AGPL-3.0-or-later", False),
        ("unknown", False),
    ],
)
def test_a_licence_is_allowed_if_some_way_through_it_is(licence, allowed):
    assert supply.is_allowed(licence) is allowed


def answer(*vulnerabilities):
    package = {"name": "django", "version": "5.2.1", "vulns": list(vulnerabilities)}
    return {"dependencies": [package], "fixes": []}


SILENT = {"name": "nh3", "skip_reason": "not found"}


FOUND = {"id": "PYSEC-2026-1", "fix_versions": ["5.2.2"], "aliases": [], "description": ""}


@pytest.mark.parametrize(
    ("printed", "status", "said"),
    [
        (json.dumps(answer()), 0, "No vulnerability is known."),
        (json.dumps(answer(FOUND)), 1, "PYSEC-2026-1, mended in 5.2.2"),
        ("", 2, "no clean result"),
        ('{"dependencies": []}', 2, "no clean result"),
        (json.dumps({"dependencies": [SILENT]}), 2, "about nh3: this is no clean result"),
        (json.dumps({"dependencies": [*answer(FOUND)["dependencies"], SILENT]}), 1, "no clean result"),
    ],
)
def test_audit_is_clean_only_if_somebody_said_so(monkeypatch, capsys, printed, status, said):
    monkeypatch.setattr(supply, "find_uv", lambda: "uv")
    monkeypatch.setattr(
        supply.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, printed, "no network")
    )

    assert supply.audit() == status
    assert said in capsys.readouterr().out


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with requirements and their lock; returns the commands that are run."""
    monkeypatch.setattr(packages, "CHECKOUT", tmp_path)
    (tmp_path / packages.SITE).write_text("django\n")
    digest = packages.hashlib.sha256(b"django\n").hexdigest()
    (tmp_path / packages.LOCK).write_text(f"# sha256:{digest}\ndjango==5.2 --hash=sha256:0\n")
    monkeypatch.setattr(packages, "find_uv", lambda: "uv")
    return tmp_path


def run_by(monkeypatch, *, hashes_fit):
    commands = []

    def succeeds(*command, quiet=False):
        commands.append([str(part) for part in command])
        return hashes_fit or "--require-hashes" not in commands[-1]

    monkeypatch.setattr(packages, "succeeds", succeeds)
    packages.install_site()
    return commands


def test_the_site_is_installed_by_hash(checkout, monkeypatch):
    (command,) = run_by(monkeypatch, hashes_fit=True)

    assert "--require-hashes" in command
    assert command[-1].endswith("requirements.lock")


def test_where_the_lock_does_not_fit_the_site_is_installed_without_and_says_so(checkout, monkeypatch, capsys):
    commands = run_by(monkeypatch, hashes_fit=False)

    assert commands[-1][-1].endswith("requirements.txt")
    assert "Going on without hashes" in capsys.readouterr().out


def test_an_outdated_lock_is_not_used_and_said(checkout, monkeypatch, capsys):
    (checkout / packages.SITE).write_text("django\nanother\n")

    (command,) = run_by(monkeypatch, hashes_fit=True)

    assert command[-1].endswith("requirements.txt")
    assert "`make lock` renews it" in capsys.readouterr().out
