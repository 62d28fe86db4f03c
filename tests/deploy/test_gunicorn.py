"""gunicorn with `deploy/gunicorn.conf.py`, in place of `manage.py serve`."""

import runpy
import sys

import pytest

from portal.local.places import CHECKOUT
from portal.management.commands.serve import THREADS, WORKERS
from tests.deploy.clients import Browser

pytestmark = pytest.mark.xdist_group("deploy")  # which starts the portal once
SETTINGS = "deploy/gunicorn.conf.py"
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", SETTINGS, "--bind", "ADDRESS", "portal.wsgi:application")


def test_it_has_as_many_processes_and_threads_as_granian():
    settings = runpy.run_path(str(CHECKOUT / SETTINGS))

    assert (settings["workers"], settings["threads"]) == (WORKERS, THREADS)


def test_it_serves_behind_nginx(stage, content, attestation):
    with stage.portal(GUNICORN) as portal, stage.front(portal.port) as front:
        visitor, reader = Browser(front.https), Browser(front.https, cookies=attestation)
        gate, page = visitor.ask("/articles/secret/"), reader.ask("/articles/secret/")
        picture = reader.ask(content["picture"])

    assert b"zygomorphic" not in gate.content
    assert b"zygomorphic" in page.content
    assert (picture.status, picture.body[:3]) == (200, b"\xff\xd8\xff")
