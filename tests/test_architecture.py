"""The house rules that no single module can keep."""

import ast
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

# From the top of the house to its floor; each may import those below it.
LAYERS = ("portal", "newsletter", "articles", "trials", "accounts", "portal.lib")
FLOOR = LAYERS.index("portal.lib")
START_UP = ("portal.local",)  # the floor's neighbour: starts the machine and imports no app


def layer(module):
    """The layer that `module` is in, or None if it is not ours."""
    parts = module.split(".")
    if ".".join(parts[:2]) in ("portal.lib", *START_UP):
        return FLOOR
    return LAYERS.index(parts[0]) if parts[0] in LAYERS else None


def sources():
    """Every module of the site with its syntax tree."""
    for name in LAYERS[:FLOOR]:
        for file in sorted((settings.BASE_DIR / name).rglob("*.py")):
            module = ".".join(file.relative_to(settings.BASE_DIR).with_suffix("").parts)
            yield module, ast.parse(file.read_text(encoding="utf-8"))


def imported(module, tree):
    """The absolute name of everything that `module` imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_the_reading_of_imports_sees_every_form_of_them():
    tree = ast.parse(
        "import portal.views\nfrom . import a\nfrom ..lib import b\ndef f():\n    from articles.models import c"
    )

    names = set(imported("portal.sub.module", tree))

    assert names == {"portal.views", "portal.sub.a", "portal.lib.b", "articles.models.c"}


def test_imports_run_downwards_only():
    modules = dict(sources())
    upwards = [
        f"{module} imports {name}"
        for module, tree in modules.items()
        for name in imported(module, tree)
        if (target := layer(name)) is not None and target < layer(module)
    ]

    assert {"portal.urls", "accounts.access", "portal.lib.cookies", "articles.models.articles"} <= set(
        modules
    )
    assert upwards == []


def test_our_apps_send_each_other_no_signals():
    """Signals of Django and allauth may be heard (accounts.signing_in does); we define none and hear no model's."""
    names = {
        f"{module}: {name}"
        for module, tree in sources()
        for name in imported(module, tree)
        if name == "django.dispatch.Signal" or name.startswith("django.db.models.signals")
    }

    assert names == set()


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say():
    output = StringIO()

    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=output, stderr=output)
    except SystemExit:
        pytest.fail(output.getvalue())

    assert "No changes detected" in output.getvalue()


def constraints():
    """The name of each constraint of ours, and the part of it that models with a common base share."""
    for model in apps.get_models():
        if layer(model.__module__) is not None:
            for constraint in model._meta.constraints:
                yield constraint.name, constraint.name.removeprefix(f"{model._meta.model_name}_")


def test_each_constraint_of_the_database_is_named_in_a_test():
    files = set((settings.BASE_DIR / "tests").rglob("test_*.py")) - {Path(__file__)}
    words = set(re.findall(r"\w+", " ".join(file.read_text(encoding="utf-8") for file in files)))

    names = dict(constraints())

    assert {"one_account_per_email_address", "one_hub_per_installation"} <= set(names)
    assert {name for name, shared in names.items() if not {name, shared} & words} == set()


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_the_code_is_written_as_ruff_would_have_it(command):
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]

    done = subprocess.run(ruff, cwd=settings.BASE_DIR, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_but_postgresql_is_ever_named_as_engine():
    text = Path(settings.BASE_DIR / "portal" / "settings.py").read_text(encoding="utf-8")

    assert "sqlite" not in text.lower()
