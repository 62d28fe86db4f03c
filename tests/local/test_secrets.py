import stat

import pytest

from portal.local.places import LocalError
from portal.local.secrets import kept


@pytest.fixture(autouse=True)
def _without_environment(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)


def test_secret_is_the_same_the_second_time(tmp_path):
    first = kept("SECRET_KEY", tmp_path)

    assert kept("SECRET_KEY", tmp_path) == first
    assert len(first) >= 50  # what `check --deploy` asks for


def test_secret_is_readable_by_its_owner_only(tmp_path):
    kept("SECRET_KEY", tmp_path)

    files = list(tmp_path.iterdir())

    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600]


def test_secret_differs_by_name_and_by_place(tmp_path):
    (tmp_path / "elsewhere").mkdir()

    secrets = {
        kept("SECRET_KEY", tmp_path),
        kept("DEMO_PASSWORD", tmp_path),
        kept("SECRET_KEY", tmp_path / "elsewhere"),
    }

    assert len(secrets) == 3


def test_secret_of_the_environment_wins_and_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "given")

    secret = kept("SECRET_KEY", tmp_path)

    assert secret == "given"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../KEY", "secret_key", "A\0B"])
def test_secret_refuses_names_that_are_no_names(tmp_path, name):
    with pytest.raises(ValueError, match="not the name"):
        kept(name, tmp_path)


def test_secret_in_the_folder_of_another_account_is_explained(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise PermissionError

    monkeypatch.setattr("portal.local.secrets._write_once", refuse)  # root may write anywhere

    with pytest.raises(LocalError, match="another account"):
        kept("SECRET_KEY", tmp_path)
