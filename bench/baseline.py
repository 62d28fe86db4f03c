"""What a page of the portal is compared with: the same bytes from a bare view, under Django's default settings.

/          the bytes
/session/  the bytes, after the session of the reader was read from the database

Environment: BASELINE_BODY (the file with the bytes), BASELINE_ENCODING (how they are compressed), DATABASE_URL, SECRET_KEY.
"""

import os
from pathlib import Path

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": environ.Env().db("DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    },
    INSTALLED_APPS=[  # as `startproject` writes them, but for the admin
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[  # as `startproject` writes them
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    SESSION_COOKIE_NAME="__Host-sessionid",  # the portal's, whose readers come here too
    USE_TZ=True,
)
BODY = Path(os.environ["BASELINE_BODY"]).read_bytes()
ENCODING = os.environ["BASELINE_ENCODING"]
HEADERS = {"Content-Encoding": ENCODING} if ENCODING else {}


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY, headers=HEADERS)


def with_session(request: HttpRequest) -> HttpResponse:
    if "_auth_user_id" not in request.session:
        return HttpResponse("There is no such session.", status=403)
    return HttpResponse(BODY, headers=HEADERS)


urlpatterns = [path("", bare), path("session/", with_session)]
application = get_wsgi_application()
