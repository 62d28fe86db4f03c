"""Settings: one file, read from the environment; a wrong value stops the start (README lists them all).

`DEVELOPMENT=1` (what `make run` sets) means "on my own machine, over plain http" and needs none of them;
`DEBUG=1` (what `make dev` sets) adds tracebacks. Outside development SECRET_KEY, SUPPRESSION_KEY,
ALLOWED_HOSTS and SITE_URL have no default.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal.lib import logs
from portal.lib.environment import env, natural, positive, share
from portal.local import brokers
from portal.local.places import DATA

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = DATA  # from the environment, by a rule that start-up shares

DEBUG = env.bool("DEBUG", False)
DEVELOPMENT = env.bool("DEVELOPMENT", DEBUG)

if DEVELOPMENT:
    from portal.local.secrets import kept

    SECRET_KEY = env("SECRET_KEY", default="") or kept("SECRET_KEY")
else:
    SECRET_KEY = env("SECRET_KEY")
    if not SECRET_KEY:  # Django itself would find out with the first visitor
        raise ImproperlyConfigured("Set the SECRET_KEY environment variable.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEVELOPMENT else [])
if DEVELOPMENT:
    SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{env('PORT', default='8000')}").rstrip("/")
else:
    SITE_URL = env("SITE_URL").rstrip("/")  # links in mail and feeds begin with it

if urlsplit(SITE_URL).scheme not in ("http", "https") or not urlsplit(SITE_URL).hostname:
    raise ImproperlyConfigured(f"SITE_URL must be an address like https://portal.example, not {SITE_URL}.")

INSTALLED_APPS = [
    "portal",  # before the admin: its templates and commands win
    "newsletter",
    "articles",
    "trials",
    "accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "portal.admin_site.PortalAdminConfig",  # Django's admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "portal.request_log.log_requests",  # sees whatever answers below
    "portal.pagecache.middleware.PageCacheMiddleware",  # finished pages, with the headers of all below
    "csp.middleware.CSPMiddleware",  # headers first: whatever answers below, its answer carries them
    "portal.middleware.declare_headers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.refuse_long_bodies",
    "portal.middleware.refuse_malformed_requests",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.consent.ConsentMiddleware",
    "accounts.access.AccessMiddleware",
    "portal.limits.LimitMiddleware",
    "portal.middleware.explain_bare_refusals",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["portal.lib.templates.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ],
            "builtins": ["portal.templatetags.site"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database, cache -------------------------------------------------------------------------------------
if env("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL")}
    if "postgresql" not in DATABASES["default"]["ENGINE"]:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL server: postgres://user@host/name.")
else:
    from portal.local.postgres import connection_settings

    DATABASES = {"default": connection_settings()}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
# libpq's own limits are minutes: seconds to connect, milliseconds until a server that fell silent counts as gone
PATIENCE = {"connect_timeout": 3, "tcp_user_timeout": 10_000}
DATABASES["default"]["OPTIONS"] = PATIENCE | DATABASES["default"].get("OPTIONS", {})
if env("DATABASE_REPLICA_URL", default=""):  # kept pages are made from it: portal/replica.py
    DATABASES["replica"] = DATABASES["default"] | env.db("DATABASE_REPLICA_URL")
    DATABASES["replica"]["OPTIONS"] = PATIENCE | DATABASES["replica"].get("OPTIONS", {})
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
DATABASE_ROUTERS = ["portal.replica.Router"]
PAGE_SECONDS = positive("PAGE_SECONDS", 15)  # for a statement of a page; see portal/wsgi.py

REDIS_URL = env("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "portal.lib.rediscache.Redis", "LOCATION": REDIS_URL}}
else:
    CACHES = {
        "default": {
            "BACKEND": "portal.lib.dbcache.Cache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

PAGE_CACHE_BYTES = natural("PAGE_CACHE_BYTES", 16 * 1024 * 1024)  # of finished pages in each process; 0: none

# --- security --------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# With the prefix browsers take them from this very host over https alone.
COOKIE_PREFIX = "" if DEVELOPMENT else "__Host-"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
SESSION_ENGINE = "portal.lib.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own
if not DEVELOPMENT:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_SUBDOMAINS", True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
if BEHIND_PROXY:  # only when the proxy sets this header itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # a long article with its references is well under 1 MB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 5  # the form of a picture has one
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- accounts --------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_FORMS = {"signup": "accounts.sign_up.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
# As long as OWASP ASVS 5 (6.5.5) lets a mailed code live.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", not DEVELOPMENT)  # asked for before the admin opens
ACCOUNT_ADAPTER = "accounts.step_up.AccountAdapter"
MFA_ADAPTER = "accounts.second_factor.Adapter"
MFA_FORMS = {
    "add_webauthn": "accounts.second_factor_forms.AddKey",
    "authenticate_webauthn": "accounts.second_factor_forms.UseKey",
    "reauthenticate_webauthn": "accounts.second_factor_forms.UseKeyAgain",
}
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds before and after: clocks differ (RFC 6238, 5.2)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT  # http://localhost
ACCOUNT_DELETION_DAYS = positive("ACCOUNT_DELETION_DAYS", 14)  # to think it over; then the account is erased
# And allauth's own. A hospital has one address: what changes little may be done often.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "form": "120/m/ip",  # every form that says nothing else
    "member": "120/m/user",
    "admin": "600/m/user",  # forms, searches, and suggestions while somebody types
    "search": "240/m/ip",  # all that computes an answer to a query
    "newsletter": "20/m/ip",  # sends mail
    "newsletter_test": "5/m/user",
    "leave": "20/m/key",  # by link: mail providers send everybody's from a few machines (RFC 8058)
    "contact": "5/m/ip",
    "attest": "60/m/ip",
    "consent": "60/m/ip",
}
if not env.bool("RATE_LIMITS", True):  # for measuring the site under load
    ACCOUNT_RATE_LIMITS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.split(":", 1)[0]

# --- the portal's own rules ------------------------------------------------------------------------------
ATTESTATION_DAYS = positive("ATTESTATION_DAYS", 365)  # browsers keep a cookie for 400 days at most
GATE_TEASER = env.bool("GATE_TEASER", True)  # may the gate show title, date and objectives of an article?
CONSENT_DAYS = positive("CONSENT_DAYS", 180)
ANALYTICS_SCRIPT_URL = env("ANALYTICS_SCRIPT_URL", default="")
TRANSLATOR = "https://translate.google.com/translate_a/element.js"
TRANSLATE_SCRIPT_URL = env("TRANSLATE_SCRIPT_URL", default=TRANSLATOR)
TRANSLATE_ORIGINS = env.list(
    "TRANSLATE_ORIGINS",
    default=[
        "https://translate.google.com",
        "https://translate.googleapis.com",
        "https://translate-pa.googleapis.com",
        "https://www.gstatic.com",
    ],
)
NEWSLETTER_LINK_DAYS = positive("NEWSLETTER_LINK_DAYS", 7)
NEWSLETTER_LANGUAGES = env.dict("NEWSLETTER_LANGUAGES", default={"en": "English"})  # en=English,de=Deutsch
# Mails to one reader in seven days about what they follow.
FOLLOW_WEEKLY_CAP = positive("FOLLOW_WEEKLY_CAP", 2)
DIGEST_HOUR = natural("DIGEST_HOUR", 6, 23)  # UTC; of Mondays and of the first day of a month
REGISTRY_URL = env("REGISTRY_URL", default="https://clinicaltrials.gov/api/v2/studies").rstrip("/")
if urlsplit(REGISTRY_URL).scheme not in ("http", "https") or not urlsplit(REGISTRY_URL).hostname:
    raise ImproperlyConfigured(f"REGISTRY_URL must be an http or https address, not {REGISTRY_URL}.")
DISCLOSURE_MONTHS = positive("DISCLOSURE_MONTHS", 24)  # ACCME Standard 3: relationships of the past 24 months

# --- how long things are kept: `manage.py retain`, which the worker does daily; the privacy page lists them --------
UNCONFIRMED_ACCOUNT_DAYS = positive("UNCONFIRMED_ACCOUNT_DAYS", 30)  # nobody entered the mailed code
OUTBOX_SENT_DAYS = positive("OUTBOX_SENT_DAYS", 7)  # login codes must not lie about
OUTBOX_FAILED_DAYS = positive("OUTBOX_FAILED_DAYS", 30)  # time to see why
CONTACT_MESSAGE_DAYS = positive("CONTACT_MESSAGE_DAYS", 365)
UNCONFIRMED_SUBSCRIPTION_DAYS = positive("UNCONFIRMED_SUBSCRIPTION_DAYS", 30)
LEFT_SUBSCRIPTION_DAYS = positive("LEFT_SUBSCRIPTION_DAYS", 1095)  # proof of consent: three years to complain
DELIVERY_DAYS = positive("DELIVERY_DAYS", 730)  # then it is only a number in the book
# Evidence: in force for a year, then six in which somebody may sue (Limitation Act 1980, section 5).
EVIDENCE_DAYS = positive("EVIDENCE_DAYS", 2557)
AUDIT_DAYS = positive("AUDIT_DAYS", 2557)  # what staff did: as long as the evidence that it is about
if max(ATTESTATION_DAYS, CONSENT_DAYS) >= EVIDENCE_DAYS:
    raise ImproperlyConfigured("EVIDENCE_DAYS must be more than ATTESTATION_DAYS and CONSENT_DAYS.")

# --- mail: code hands messages to the outbox, the worker delivers them -------------------------------------
EMAIL_BACKEND = "portal.outbox.EmailBackend"
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = DATA_DIR / "mail"
if env("EMAIL_URL", default=""):
    OURS = ("EMAIL_BACKEND", "EMAIL_FILE_PATH")
    vars().update({key: value for key, value in env.email("EMAIL_URL").items() if key not in OURS})
    OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
else:
    OUTBOX_DELIVERY_BACKEND = "portal.outbox.FileBackend"
SHOW_KEPT_MAIL = DEVELOPMENT and not env("EMAIL_URL", default="")  # on /dev/mail/, which else does not exist
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"portal@{urlsplit(SITE_URL).hostname}")

# --- the newsletter's sending (docs/newsletter.md) ----------------------------------------------------------
NEWSLETTER_FROM = env("NEWSLETTER_FROM", default=DEFAULT_FROM_EMAIL)
NEWSLETTER_RETURN_PATH = env("NEWSLETTER_RETURN_PATH", default="")  # where bounces go; empty: the sender
NEWSLETTER_LEAVE_MAILBOX = env("NEWSLETTER_LEAVE_MAILBOX", default="")  # mail to it means leaving
NEWSLETTER_EMAIL_BACKEND = env("NEWSLETTER_EMAIL_BACKEND", default="")  # a provider's, as of django-anymail
ANYMAIL = {  # ANYMAIL_WEBHOOK_SECRET=name:password, ANYMAIL_POSTMARK_SERVER_TOKEN=… as django-anymail calls them
    name.removeprefix("ANYMAIL_"): value for name, value in env.ENVIRON.items() if name.startswith("ANYMAIL_")
}
NEWSLETTER_SENDING_DOMAIN = env("NEWSLETTER_SENDING_DOMAIN", default="")  # empty: that of the site
NEWSLETTER_DKIM_SELECTOR = env("NEWSLETTER_DKIM_SELECTOR", default="")  # for newsletter_doctor to look up
NEWSLETTER_CONNECTIONS = positive("NEWSLETTER_CONNECTIONS", 16)  # of each worker
NEWSLETTER_BATCH = positive("NEWSLETTER_BATCH", 500)  # messages on one connection before it is renewed
NEWSLETTER_RATE = natural("NEWSLETTER_RATE", 0)  # messages a second, over all workers; 0: as fast as it goes
NEWSLETTER_LEASE = positive("NEWSLETTER_LEASE", 300)  # seconds until a dead worker's messages are taken over
# Seconds until the second attempt, then doubled.
NEWSLETTER_FIRST_WAIT = positive("NEWSLETTER_FIRST_WAIT", 60)
NEWSLETTER_MAX_ATTEMPTS = positive("NEWSLETTER_MAX_ATTEMPTS", 12)
# Of refusals among the latest answers: stops an issue.
NEWSLETTER_STOP_SHARE = share("NEWSLETTER_STOP_SHARE", 0.2)
NEWSLETTER_STOP_AFTER = positive("NEWSLETTER_STOP_AFTER", 20)  # answers before that share is looked at
SUPPRESSION_KEY = env("SUPPRESSION_KEY", default="")  # another one forgets who must get nothing
if not SUPPRESSION_KEY:
    if not DEVELOPMENT:
        raise ImproperlyConfigured("Set the SUPPRESSION_KEY environment variable (see docs/newsletter.md).")
    SUPPRESSION_KEY = SECRET_KEY
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="")  # redis://…, amqp://…: tasks, not manage.py worker
if CELERY_BROKER_URL and not brokers.is_broker(CELERY_BROKER_URL):
    raise ImproperlyConfigured(brokers.RULE)

# --- backup, and the end of the web server (docs/backup.md) --------------------------------------------------
BACKUP_KEY = env("BACKUP_KEY", default="")  # of age; AGE-SECRET-KEY-1… reads archives, age1… only writes them
if BACKUP_KEY and not re.fullmatch("AGE-SECRET-KEY-1[0-9A-Z]{58}|age1[0-9a-z]{58}", BACKUP_KEY):
    raise ImproperlyConfigured("BACKUP_KEY is no key of age; `manage.py backup --new-key` makes one.")
DRAIN_SECONDS = positive("DRAIN_SECONDS", 20)  # that requests in flight have when the server is told to end

# --- language, static and media files ----------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
# In development they are served from where they lie.
STATIC_ROOT = None if DEVELOPMENT else DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.lib.bundles.BundleFinder",
]
STATIC_BUNDLES = {  # of css/site.css the first part names the cascade layers
    "css/site.css": [
        f"css/{part}.css"
        for part in (
            *("tokens", "fonts", "reset", "base", "layout", "masthead", "footer", "button"),
            *("forms", "notice", "consent", "event", "print"),
        )
    ],
    "css/reading.css": [
        f"css/{part}.css"
        for part in ("card", "prose", "table", "references", "actions", "article", "figure", "trial")
    ],
    "js/reading.js": [
        f"js/{part}.js"
        for part in ("copy-link", "print-page", "note-popover", "citation-popover", "abbreviation-popover")
    ],
    "css/lists.css": [f"css/{part}.css" for part in ("card", "filters", "people", "table", "home", "trial")],
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(DATA_DIR / "media")))
MEDIA_ACCEL_PREFIX = env("MEDIA_ACCEL_PREFIX", default="")  # internal location of MEDIA_ROOT in nginx
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "portal.lib.storage.StaticFiles"
    },
}

# --- what operators watch (docs/operations.md) --------------------------------------------------------------
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # opens /metrics, which else does not exist
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN must have at least 20 characters.")
METRICS_DIR = Path(env("METRICS_DIR", default=str(DATA_DIR / "metrics")))  # where the processes add up
SENTRY_DSN = env("SENTRY_DSN", default="")  # where failures are reported, without what readers sent
LOGGING = logs.configuration(for_people=DEVELOPMENT)
