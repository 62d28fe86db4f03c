import pytest
from django.contrib.staticfiles import finders

from portal.collecting import collect


@pytest.fixture
def source(settings, tmp_path):
    """A site with one static file."""
    file = tmp_path / "source/a.css"
    file.parent.mkdir()
    file.write_text("a { color: red }")
    settings.STATICFILES_DIRS = [file.parent]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "root"
    finders.get_finder.cache_clear()
    yield file
    finders.get_finder.cache_clear()


def test_static_files_are_collected_when_they_have_changed(source, settings):
    first, again = collect(), collect()
    source.write_text("a { color: blue }")
    changed = collect()

    assert (first, again, changed) == (True, False, True)
    assert "blue" in (settings.STATIC_ROOT / "a.css").read_text()


def test_files_that_were_removed_are_collected_anew(source, settings):
    collect()
    for file in settings.STATIC_ROOT.iterdir():
        file.unlink()

    assert collect()
    assert (settings.STATIC_ROOT / "a.css").exists()
