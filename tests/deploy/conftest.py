"""One portal in production settings behind nginx, for all tests of this folder."""

import json
import textwrap

import pytest

from portal.local.loopback import free_port
from portal.local.rehearsal import rehearsal
from tests.deploy.clients import Browser

# A cache of a company or a provider between readers and the portal. It keeps whatever it may, and more than it
# should: what says nothing about keeping stays a minute.
SHARED_CACHE = """
    proxy_cache_path shared-cache keys_zone=shared:1m use_temp_path=off;
    server {
        listen 127.0.0.1:%d;
        access_log off;
        location / {
            proxy_pass https://127.0.0.1:${HTTPS};
            proxy_ssl_server_name on;
            proxy_ssl_name ${PORTAL_HOST};
            proxy_set_header Host ${PORTAL_HOST};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache shared;
            proxy_cache_key $request_uri;
            proxy_cache_valid any 1m;
            add_header X-Cache $upstream_cache_status always;
        }
    }
"""


@pytest.fixture(scope="session")
def stage():
    with rehearsal(RATE_LIMITS="0") as stage:
        yield stage


@pytest.fixture(scope="session")
def portal(stage):
    """The web server, without nginx."""
    with stage.portal() as server:
        yield server


@pytest.fixture(scope="session")
def content(stage, portal):
    """What `content.make` said; `portal` has prepared the database."""
    printed = stage.manage("shell", "-c", "from tests.deploy import content; content.make()")
    return json.loads(printed.splitlines()[-1])


@pytest.fixture(scope="session")
def cache_port():
    return free_port()


@pytest.fixture(scope="session")
def front(stage, portal, content, cache_port):
    """nginx in front of the portal; another of its servers is the shared cache."""
    with stage.front(portal.port, shared=textwrap.dedent(SHARED_CACHE % cache_port)) as front:
        yield front


@pytest.fixture(scope="session")
def attestation(front):
    """The cookies of a browser that attested."""
    return Browser(front.https).attest().cookies


@pytest.fixture
def visitor(front):
    """Somebody who has not attested."""
    return Browser(front.https)


@pytest.fixture
def reader(front, attestation):
    return Browser(front.https, cookies=attestation)


@pytest.fixture
def cached_visitor(front, cache_port):
    """Somebody who has not attested, behind the shared cache."""
    return Browser(cache_port, is_safe=False)


@pytest.fixture
def cached_reader(front, cache_port, attestation):
    """An attested reader behind the same cache."""
    return Browser(cache_port, is_safe=False, cookies=attestation)
