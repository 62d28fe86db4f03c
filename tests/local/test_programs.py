import pytest

from portal.local import programs
from portal.local.places import LocalError
from portal.local.programs import NGINX, REDIS


@pytest.fixture
def nothing_installed(monkeypatch):
    """A machine without any of the programs; returns the list of the packages that get installed."""
    asked = []
    for program in (NGINX, REDIS):
        monkeypatch.delenv(program.variable, raising=False)
    monkeypatch.setattr(programs.shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(programs.packages, "apt_install", lambda *names: asked.extend(names))
    return asked


def test_program_named_by_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / "nginx").touch()
    monkeypatch.setenv("NGINX", str(tmp_path / "nginx"))

    assert programs.find(NGINX) == str(tmp_path / "nginx")


def test_program_beside_the_path_is_found(monkeypatch, tmp_path):
    monkeypatch.delenv("NGINX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    (tmp_path / "nginx").touch(mode=0o755)
    monkeypatch.setattr(programs, "BESIDE_PATH", (str(tmp_path),))

    assert programs.find(NGINX) == str(tmp_path / "nginx")


def test_missing_program_is_explained(nothing_installed):
    with pytest.raises(LocalError, match=r"nginx.*apt-get install nginx.*NGINX"):
        programs.find(NGINX)


def test_wrong_path_in_the_environment_is_explained_and_nothing_is_installed(nothing_installed, monkeypatch):
    monkeypatch.setattr(programs.packages, "can_apt", lambda: True)
    monkeypatch.setenv("NGINX", "/nowhere/nginx")

    with pytest.raises(LocalError, match="NGINX"):
        programs.require([NGINX])

    assert nothing_installed == []


def test_all_missing_programs_are_installed_at_once_where_we_may(nothing_installed, monkeypatch):
    monkeypatch.setattr(programs.packages, "can_apt", lambda: True)

    with pytest.raises(LocalError):  # the stand-in installs nothing
        programs.require([NGINX, REDIS])

    assert nothing_installed == ["nginx", "redis-server"]


def test_all_missing_programs_are_named_where_we_may_not_install(nothing_installed, monkeypatch):
    monkeypatch.setattr(programs.packages, "can_apt", lambda: False)

    with pytest.raises(LocalError, match="nginx and redis-server"):
        programs.require([NGINX, REDIS])

    assert nothing_installed == []
