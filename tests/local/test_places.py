import os
import stat

import pytest

from portal.local import places
from portal.local.places import LocalError
from tests.production import ENVIRONMENT, evaluate


def test_private_folder_refuses_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(LocalError, match="somebody else"):
        places.make_private(tmp_path / "link", None)


def test_private_folder_is_closed_even_if_it_was_open(tmp_path):
    (tmp_path / "open").mkdir(mode=0o777)

    places.make_private(tmp_path / "open", None)

    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o700


def test_passable_folder_ignores_the_umask(tmp_path):
    before = os.umask(0o077)

    places.make_passable(tmp_path / "home")

    os.umask(before)
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o711


def test_passable_folder_that_exists_keeps_its_permissions(tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)

    places.make_passable(tmp_path / "home")

    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_database_of_root_leaves_a_checkout_that_others_may_not_enter(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(places, "DATA", tmp_path / ".data")
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    home = places.database_home()

    assert home.parent.as_posix() == "/var/lib"


def test_database_of_others_stays_in_the_checkout(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(places, "DATA", tmp_path / ".data")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert places.database_home() == tmp_path / ".data"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", places.CHECKOUT / ".data"),
        ("kept/../here", places.CHECKOUT / "here"),
        ("/srv/portal", "/srv/portal"),
    ],
)
def test_data_of_site_and_start_up_are_in_one_folder(monkeypatch, given, expected):
    monkeypatch.setitem(ENVIRONMENT, "DATA_DIR", given)

    folders = evaluate(
        "settings.DATA_DIR, __import__('portal.local.places', fromlist=['places']).DATA, settings.STATIC_ROOT.parent,"
        " settings.MEDIA_ROOT.parent, settings.EMAIL_FILE_PATH.parent, sep='\\n'"
    )

    assert folders.splitlines() == [str(expected)] * 5
