from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from portal.lib.bundles import shortened


@pytest.fixture
def parts(settings, tmp_path):
    """Two small files, joined as css/both.css."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css/one.css").write_text("/* first */\na {\n  color: red;\n}\n")
    (tmp_path / "css/two.css").write_text("b { color: blue }")
    settings.STATICFILES_DIRS = [tmp_path]
    settings.DATA_DIR = tmp_path / "data"
    (tmp_path / "js").mkdir()
    (tmp_path / "js/one.js").write_text("// first\nexport function one() {\n  return 1; // here\n}\n")
    (tmp_path / "js/two.js").write_text('import { one } from "./one.js";\none();\n')
    settings.STATIC_BUNDLES = {
        "css/both.css": ["css/one.css", "css/two.css"],
        "js/both.js": ["js/one.js", "js/two.js"],
    }
    finders.get_finder.cache_clear()
    yield tmp_path / "css"
    finders.get_finder.cache_clear()


def read(path):
    with open(finders.find(path)) as file:
        return file.read()


def test_bundle_holds_its_parts_in_order(parts):
    assert read("css/both.css") == "a {\ncolor: red;\n}\nb { color: blue }\n"


def test_joined_modules_need_not_import_each_other(parts):
    assert read("js/both.js") == "function one() {\nreturn 1; // here\n}\none();\n"


def test_bundle_is_joined_again_when_a_part_has_changed(parts):
    read("css/both.css")

    (parts / "two.css").write_text("b { color: green }")

    assert "green" in read("css/both.css")


def test_bundles_are_listed_for_collectstatic(parts):
    finder = finders.get_finder("portal.lib.bundles.BundleFinder")

    listed = [(path, storage.exists(path)) for path, storage in finder.list([])]

    assert listed == [("css/both.css", True), ("js/both.js", True)]


def test_only_bundles_are_found(parts):
    assert finders.find("css/none.css") is None


def test_each_bundle_of_the_site_holds_its_parts_and_begins_with_the_layers(settings):
    for bundle, parts in settings.STATIC_BUNDLES.items():
        text, suffix = read(bundle), Path(bundle).suffix
        assert all(shortened(read(part), suffix) in text for part in parts)

    assert read("css/site.css").startswith("@layer reset, tokens,")
