"""Settings of the portal, read from the environment and checked at start.

Without DATABASE_URL the portal runs embedded: an SQLite file and a broker of plain files, both
under DATA_DIR. A bad value stops the start with a sentence that names the variable.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

# Lets forms and admin classes name their model in brackets, as strict types ask.
django_stubs_ext.monkeypatch()

env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

EMBEDDED = not env.str("DATABASE_URL", default="")


def _required_in_production(name: str, embedded: Callable[[], str]) -> str:
    """The variable's value; the given default only while the portal runs embedded."""
    value = env.str(name, default="")
    if not value and not EMBEDDED:
        raise ImproperlyConfigured(f"Set {name}: it is required as soon as DATABASE_URL is set.")
    return value or embedded()


def _embedded_secret_key() -> str:
    """A key made at the first start and kept in DATA_DIR, readable by this user alone."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text()


SECRET_KEY = _required_in_production("SECRET_KEY", _embedded_secret_key)

# Where `manage.py portal` listens.
BIND = env.str("BIND", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
# The address people open: mails and invitations link to it.
PUBLIC_URL = _required_in_production("PUBLIC_URL", lambda: f"http://127.0.0.1:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be a whole address such as https://portal.example.com")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname, "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

BEHIND_HTTPS = _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_HTTPS
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000) if BEHIND_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probed from inside, without TLS
if env.bool("BEHIND_PROXY", default=False):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # sign-in limits count the visitor's address, not the proxy's
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "portal.web",
    "portal.outbox",
    "portal.files",
    "portal.accounts",
    "contracts",
    "tickets",
    "schedules",
    "portal.dashboards",
    "portal.demo",
    "portal.apps.EditorConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "portal.web.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.web.compression.CompressPages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.dashboards.welcome.FirstRunMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.accounts.middleware.ReaderMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.accounts.context.organisation",
            ],
        },
    },
]

# Four writers at once on SQLite's defaults end in "database is locked"; these settings wait in line.
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "portal.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}


def _postgresql() -> dict[str, Any]:
    """What DATABASE_URL names; nothing but PostgreSQL is tried with more than one writer."""
    database: dict[str, Any] = env.db("DATABASE_URL")
    if "postgresql" not in database["ENGINE"]:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database, or be left out for SQLite.")
    return database | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": SQLITE if EMBEDDED else _postgresql()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

BROKER_DIR = DATA_DIR / "broker"
if not REDIS_URL:
    BROKER_DIR.mkdir(exist_ok=True)
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
# A killed worker gives its task back; every task is safe to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# What takes seconds of computing stands in a line of its own, so that workers can be given to it apart.
CELERY_TASK_ROUTES = {"schedules.make_reports": {"queue": "reports"}}
CELERY_TASK_TIME_LIMIT = 1800  # seconds; below the visibility timeout
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# A row's history is read by the row; nobody asks for all that changed at some time.
SIMPLE_HISTORY_DATE_INDEX = False
# The e-mail address is unique whatever its case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation reaches the address, or a manager hands over its link
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a reset for an unknown address sends nothing
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch")), ("fa", _("Persian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"  # belongs to the code, not to the data
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    # One by one: the style sheets of the rest (libs/) name files that are not there.
    *((f"vendor/tabler/{part}", NODE_MODULES / "@tabler" / "core" / "dist" / part) for part in ("css", "js", "img")),
    ("vendor/htmx", NODE_MODULES / "htmx.org" / "dist"),
    ("vendor/signature_pad", NODE_MODULES / "signature_pad" / "dist"),
]
# True where collectstatic has run (the image): hashed names, cached for ever. Else files are served as they lie.
STATIC_COLLECTED = env.bool("STATIC_COLLECTED", default=False)
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
_STATIC_BACKEND = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if STATIC_COLLECTED
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
MEDIA_ROOT = DATA_DIR / "files"  # never served as such: portal.files checks who asks
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_BACKEND},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_MAX_BYTES = 15 * 1024 * 1024

# Without EMAIL_URL nothing is sent: the outbox shows what it would have sent.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"portal@{_public.hostname}")

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.accounts.authentication.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.web.api_parser.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "portal.web.api_defaults.Pages",
    "DEFAULT_FILTER_BACKENDS": ["portal.web.api_defaults.StrictFilters", "portal.web.api_defaults.StrictOrdering"],
    "DEFAULT_SCHEMA_CLASS": "portal.web.api_schema.PortalSchema",
    "DEFAULT_METADATA_CLASS": None,  # the schema says more than OPTIONS could
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.str("API_RATE", default="1200/min")},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_HANDLER_CLASS": "portal.web.api_defaults.ErrorHandler"}
SPECTACULAR_SETTINGS = {
    "TITLE": "VAR maintenance portal",
    "DESCRIPTION": "Contracts, recurring work, change events and tickets of a reseller of business phone systems.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["portal.accounts.authentication.SignedIn"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Names for choices that several resources have under one name.
    "ENUM_NAME_OVERRIDES": {
        "CapacityMetricEnum": "contracts.enums.CapacityMetric",
        "ChangeKindEnum": "schedules.enums.ChangeKind",
        "ContractStateEnum": "contracts.enums.ContractState",
        "CoverageDecisionEnum": "contracts.enums.Decision",
        "ItemOutcomeEnum": "schedules.enums.ItemOutcome",
        "MemberStateEnum": "contracts.api.register.MEMBER_STATES",
        "MetricEnum": "schedules.enums.Metric",
        "MissingEnum": "schedules.api.steps.WHAT_IS_MISSING",
        "MonthRuleKindEnum": "contracts.rule.MONTH_KINDS",
        "OccurrenceStatusEnum": "schedules.api.schedules.STATUSES",
        "OutcomeEnum": "schedules.enums.Outcome",
        "SignatureOutcomeEnum": "schedules.enums.SignatureOutcome",
        "StepKindEnum": "schedules.enums.StepKind",
        "TimeKindEnum": "contracts.enums.TimeKind",
        "VisitStatusEnum": "schedules.enums.VisitStatus",
        "WeekdayEnum": "contracts.api.plans.WEEKDAYS",
        "WorkStatusEnum": "schedules.enums.WorkStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
