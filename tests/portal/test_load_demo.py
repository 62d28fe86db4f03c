import json
import re
import shutil
from io import StringIO

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import PatientOrganisation, User
from articles import pictures
from articles.models import Article
from portal.models import CommitteeMember, Event, Hub
from tests import factories
from trials.models import ArmValue, Trial

DEMO = site_settings.BASE_DIR / "demo"


@pytest.fixture
def _small_demo(settings, tmp_path, monkeypatch):
    """The files of the repository with one article and trial, and pictures in one size: the rest is the same."""
    shutil.copytree(DEMO, tmp_path / "demo", ignore=shutil.ignore_patterns("*.md"))
    (tmp_path / "demo/articles").mkdir(exist_ok=True)
    shutil.copy(DEMO / "articles/optimismm-final-overall-survival.md", tmp_path / "demo/articles")
    keep_one_trial(tmp_path / "demo/trials")
    settings.BASE_DIR = tmp_path
    settings.DEVELOPMENT = True
    monkeypatch.setattr(pictures, "WIDTHS", (400,))
    monkeypatch.setattr(pictures, "ENCODERS", {"jpg": pictures.ENCODERS["jpg"]})
    monkeypatch.setenv("DEMO_PASSWORD", "kqzrtw-5512")


def keep_one_trial(folder):
    """And only the sources that it names: the rest takes a while."""
    file = folder / "trials.json"
    content = json.loads(file.read_text())
    del content["trials"][1:]
    cited = set(re.findall(r'"([^"]+)"', json.dumps(content["trials"])))
    content["sources"] = [source for source in content["sources"] if source["id"] in cited]
    file.write_text(json.dumps(content))


def load(*options):
    out = StringIO()
    call_command("load_demo", *options, stdout=out)
    return out.getvalue()


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_small_demo")]


def test_demonstration_is_loaded_and_again_changes_nothing(reader, visitor):
    said = load()
    ids = list(Article.objects.values_list("pk", "modified_at"))
    again = load()

    assert "added     optimismm-final-overall-survival.md" in said
    assert "added" not in again
    assert "changed " not in again.replace("unchanged", "")
    assert list(Article.objects.values_list("pk", "modified_at")) == ids
    assert (Hub.objects.get().name, Event.objects.count()) == ("Myeloma Record", 1)
    assert CommitteeMember.objects.filter(role="chair").count() == 1
    assert PatientOrganisation.objects.filter(name="HealthTree Foundation").exists()
    assert str(ArmValue.objects.get(result__endpoint__code="os", arm__code="pvd").value) == "35.6"
    assert "OPTIMISMM" in reader.get("/articles/").content.decode()


def test_logins_have_their_rights_and_verified_addresses():
    said = load()

    rights = {
        user.email: (user.is_staff, user.is_superuser, user.groups.count()) for user in User.objects.all()
    }
    assert rights == {
        "reader@demo.example": (False, False, 0),
        "editor@demo.example": (True, False, 1),
        "reviewer@demo.example": (True, False, 1),
        "admin@demo.example": (True, True, 0),
    }
    assert all(f"login {email}" in said for email in rights)
    assert all(user.emailaddress_set.get().verified for user in User.objects.all())
    assert User.objects.first().check_password("kqzrtw-5512")


@pytest.mark.parametrize("make", [factories.make_user, lambda: factories.make_article(status="draft")])
def test_site_that_is_in_use_is_left_alone(make):
    make()

    assert load("--if-empty") == ""
    assert not Hub.objects.exists()


def test_demonstration_without_a_password_is_refused_outside_development(settings, monkeypatch):
    settings.DEVELOPMENT = False
    monkeypatch.delenv("DEMO_PASSWORD")

    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        load()
    assert "No demonstration" in load("--if-empty")
    assert not User.objects.exists()


def test_demonstration_outside_development_takes_the_given_password(settings):
    settings.DEVELOPMENT = False

    load("--if-empty")

    assert User.objects.count() == 4


def test_bad_trial_leaves_nothing_behind(settings):
    file = settings.BASE_DIR / "demo/trials/trials.json"
    file.write_text(file.read_text().replace('"n_enrolled": 559', '"n_enrolled": "many"'))

    with pytest.raises(CommandError, match=r"optimismm .*: n_enrolled: \"many\" is not a whole number"):
        load()

    assert not Trial.objects.exists()
    assert not User.objects.exists()


def test_bad_file_leaves_nothing_behind(settings):
    (settings.BASE_DIR / "demo/articles/bad.md").write_text("no front matter")

    with pytest.raises(CommandError, match=r"bad\.md: file, line 1"):
        load()

    assert not Article.objects.exists()
    assert not User.objects.exists()
