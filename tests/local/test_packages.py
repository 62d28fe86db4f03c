import subprocess

import pytest

from portal.local import packages


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with requirements and a complete .venv for the site."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(packages, "CHECKOUT", tmp_path)
    monkeypatch.setattr(packages, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(packages, "PYTHON", tmp_path / ".venv" / "python")
    for name in (packages.SITE, packages.EMBEDDED, packages.TESTS):
        (tmp_path / name).write_text(f"{name}==1\n")
    (tmp_path / packages.OPTIONAL).write_text(
        "# SOME_BROKER: many machines\nbroker==1\n# a command: no setting\n"
    )
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "python").touch()
    packages.stamp(with_tests=False).write_text(packages.digest(with_tests=False))
    return tmp_path


def test_install_does_nothing_when_nothing_changed(checkout, monkeypatch):
    monkeypatch.setattr(packages, "make_venv", lambda: pytest.fail("not needed"))

    packages.install(with_tests=False)

    assert packages.is_current(with_tests=False)


@pytest.mark.parametrize("name", [packages.SITE, packages.EMBEDDED])
def test_changed_requirements_are_noticed(checkout, name):
    (checkout / name).write_text("another==2\n")

    assert not packages.is_current(with_tests=False)


def test_site_does_not_care_for_the_requirements_of_the_tests(checkout):
    (checkout / packages.TESTS).write_text("another==2\n")

    assert packages.is_current(with_tests=False)
    assert not packages.is_current(with_tests=True)


def test_another_python_is_noticed(checkout, monkeypatch):
    monkeypatch.setattr(packages.sys, "version", "3.13.9 (somewhere else)")

    assert not packages.is_current(with_tests=False)


def test_lost_virtual_environment_is_noticed(checkout):
    packages.PYTHON.unlink()

    assert not packages.is_current(with_tests=False)


def test_own_database_is_noticed_when_there_was_another_before(checkout, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/portal")
    packages.stamp(with_tests=False).write_text(packages.digest(with_tests=False))
    monkeypatch.delenv("DATABASE_URL")

    assert not packages.is_current(with_tests=False)


def test_install_for_tests_serves_the_site_too(checkout, monkeypatch):
    installed = []
    monkeypatch.setattr(packages, "make_venv", lambda: None)
    monkeypatch.setattr(packages, "install_requirements", lambda *names: installed.extend(names))
    monkeypatch.setattr(packages, "data_folder", lambda: checkout)
    (checkout / packages.SITE).write_text("another==2\n")

    packages.install(with_tests=True)

    assert installed == [packages.SITE, packages.TESTS, packages.EMBEDDED]
    assert packages.is_current(with_tests=True)
    assert packages.is_current(with_tests=False)


def test_setting_that_needs_more_packages_has_them_installed(checkout, monkeypatch):
    installed = []
    monkeypatch.setattr(packages, "make_venv", lambda: None)
    monkeypatch.setattr(packages, "install_requirements", lambda *names: installed.extend(names))
    monkeypatch.setattr(packages, "data_folder", lambda: checkout)
    monkeypatch.setenv("SOME_BROKER", "redis://localhost")

    was_current = packages.is_current(with_tests=False)
    packages.install(with_tests=False)

    assert (was_current, packages.is_current(with_tests=False)) == (False, True)
    assert installed == [packages.SITE, packages.EMBEDDED, packages.OPTIONAL]


def test_packages_that_a_setting_needs_and_cannot_have_are_named_with_the_command(checkout, monkeypatch):
    def fail(*names):
        raise packages.LocalError("no network")

    monkeypatch.setattr(packages, "install_requirements", fail)
    monkeypatch.setenv("SOME_BROKER", "redis://localhost")

    with pytest.raises(
        packages.LocalError, match=r"missing for SOME_BROKER: .* -m pip install -r .*optional\.txt"
    ):
        packages.install_optional()


def test_failed_install_is_tried_again(checkout, monkeypatch):
    def fail(*names):
        raise packages.LocalError("no network")

    monkeypatch.setattr(packages, "make_venv", lambda: None)
    monkeypatch.setattr(packages, "install_requirements", fail)
    monkeypatch.setattr(packages, "data_folder", lambda: checkout)
    (checkout / packages.SITE).write_text("another==2\n")

    with pytest.raises(packages.LocalError):
        packages.install(with_tests=False)

    assert not packages.is_current(with_tests=False)


@pytest.fixture
def without_ensurepip(checkout, monkeypatch):
    """A Python that cannot put pip into a virtual environment, as Debian ships it. Returns the commands run."""

    def fail(*args, **options):
        raise subprocess.CalledProcessError(1, "ensurepip")

    commands = []
    packages.stamp(with_tests=False).unlink()
    monkeypatch.setattr(packages.venv, "create", fail)
    monkeypatch.setattr(packages, "succeeds", lambda *command, quiet=False: not commands.append(command))
    monkeypatch.setattr(packages, "apt_install", lambda *names: commands.append(("apt", *names)))
    return commands


@pytest.mark.parametrize(
    ("uv", "apt", "first_commands"),
    [("/bin/uv", False, ["/bin/uv"]), (None, True, ["apt", packages.sys.executable])],
)
def test_virtual_environment_is_made_without_ensurepip(
    without_ensurepip, monkeypatch, uv, apt, first_commands
):
    monkeypatch.setattr(packages.shutil, "which", lambda name: uv)
    monkeypatch.setattr(packages, "can_apt", lambda: apt)

    packages.make_venv()

    assert [command[0] for command in without_ensurepip] == first_commands


def test_missing_means_to_make_a_virtual_environment_are_named(without_ensurepip, monkeypatch):
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    monkeypatch.setattr(packages, "can_apt", lambda: False)

    with pytest.raises(packages.LocalError, match="python3-venv"):
        packages.make_venv()


def test_browser_named_by_the_environment_wins(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/somewhere/chromium")

    assert packages.installed_browser() == "/somewhere/chromium"


def test_missing_browser_is_explained(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(packages, "installed_browser", lambda: None)
    monkeypatch.setattr(packages, "can_apt", lambda: False)
    monkeypatch.setattr(packages, "output", lambda *command: "")
    monkeypatch.setattr(packages, "succeeds", lambda *command, quiet=False: False)

    with pytest.raises(packages.LocalError, match="CHROMIUM"):
        packages.browser()
