"""The only settings file.

With no environment at all: SQLite, an embedded broker, mail written to `var/`. Every variable is described in
`docs/running.md`.
"""

import contextlib
import json
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _local_secret() -> str:
    """A secret made at the first start and kept in `var/`; production sets SECRET_KEY."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        import secrets

        draft = path.with_name(f"secret_key.{secrets.token_hex(4)}")
        draft.write_text(secrets.token_urlsafe(50))
        draft.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)  # the first process wins, the others read its secret
        draft.unlink()
    return path.read_text()


# --- where we run -------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or _local_secret()
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
_secure = BASE_URL.startswith("https://")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", BASE_URL.split("://")[1].split(":")[0]])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "comms.urls"
WSGI_APPLICATION = "comms.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"

INSTALLED_APPS = [
    "comms.people",
    "templates_lib",
    "comms.portal",
    "comms.privacy",
    "comms.accounts",
    "comms.members",
    "cms",
    "mailings",
    "comms.demo",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "wagtail.snippets",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.users",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "taggit",
    "anymail",
    "django_htmx",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "comms.privacy.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "comms.accounts.middleware.PrivateMiddleware",
    "comms.accounts.middleware.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "comms.accounts.middleware.SessionPolicyMiddleware",
    "comms.accounts.middleware.StaffDoorMiddleware",
    "comms.accounts.middleware.SecondStepMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "comms.privacy.middleware.PledgeMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "comms.portal.context.portal",
            ],
        },
    },
]
FORM_RENDERER = "comms.portal.forms.PortalRenderer"

# --- data ---------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a deferred transaction that turns into a write fails instead of waiting
        "timeout": 20,  # seconds
        # secure_delete: what is erased is overwritten, not left in the file
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; "
        "PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")  # compiling outlasts our queries
    DATABASES["default"]["CONN_MAX_AGE"] = 60  # seconds
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "letters": {  # names and addresses to print: outside MEDIA_ROOT, read by us only, deleted after 14 days
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "letters",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "exports": {  # member lists taken out: read by us only, deleted after a day
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "exports",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
CACHES = {
    "default": {  # what django-allauth counts: common to all web processes, and there also while Redis is not
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_counted",
        "KEY_FUNCTION": "comms.accounts.counting.sealed",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},  # more would be forgotten, so that flooding us forgives guesses
    },
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},  # of one process: quick, made again
    "drawings": {  # thumbnails of templates: shared by the processes of a machine, drawn again when lost
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "drawings",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"  # answered to staff only
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes
MAX_UPLOAD_BYTES = 15 * 1024 * 1024
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_MEGABYTES", 10) * 1024 * 1024
DOCUMENT_MAX_COUNT = env.int("DOCUMENT_MAX_COUNT", 5)
DOCUMENT_DAYS = env.int("DOCUMENT_DAYS", 90)

# --- people and sign-in --------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "comms.accounts.adapter.ClosedAdapter"
ACCOUNT_FORMS = {"login": "comms.accounts.forms.SignInForm", "confirm_login_code": "comms.accounts.forms.CodeForm"}
ACCOUNT_SESSION_REMEMBER = None  # the box "This is my own device" decides
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
# Three guesses a code and ten codes an hour for one person: a code of six digits is found by guessing once in years.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,10/h/key",
    **env.json("ACCOUNT_RATE_LIMITS", default={}),
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BEHIND_PROXY", False) else 0  # whose address the limits count
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", True)
MFA_ADAPTER = "comms.accounts.second_step.SealedAdapter"
MFA_FORMS = {
    "authenticate": "comms.accounts.forms.SecondStepForm",
    "authenticate_webauthn": "comms.accounts.forms.PasskeyStepForm",
}
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_TOTP_TOLERANCE = 1  # a code is good for its 30 seconds and those beside it (RFC 6238 §5.2)
MFA_ALLOW_UNVERIFIED_EMAIL = True  # staff made the account, nobody signed up
MFA_REAUTHENTICATION_REQUIRED = False  # comms.accounts.sessions.fresh asks instead
OIDC_ISSUER = env.str("OIDC_ISSUER", "")  # the identity provider of staff; without it there is no button
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.str("OIDC_NAME", "")  # as it stands on the button
SOCIALACCOUNT_ADAPTER = "comms.accounts.oidc.StaffAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"provider_class": "comms.accounts.oidc.StaffProvider"}}
SMS_BACKEND = env.str("SMS_BACKEND", "file")  # console · file · apprise
SMS_URL = env.str("SMS_URL", "")
SMS_COUNTRIES = env.list("SMS_COUNTRIES", default=["SE", "NO", "DK", "FI"])
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds, on a remembered device; the rest is in comms.accounts.sessions
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True  # forms carry the token themselves
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
_host = "__Host-" if _secure else ""  # which browsers take from this very host only, over TLS (RFC 6265bis §4.1.3.2)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_host}sessionid", f"{_host}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_host}django_language"

# --- language ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "sv")
LANGUAGES = [("sv", _("Swedish")), ("nb", _("Norwegian")), ("da", _("Danish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "comms" / "locale"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "Europe/Stockholm")
USE_THOUSAND_SEPARATOR = True

# --- staff screens ----------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = env.str("UNION_NAME", "Förbundet")
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_I18N_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "wagtail.admin.rich_text.DraftailRichTextArea",
        "OPTIONS": {"features": ["bold", "italic", "ul", "ol", "link"]},
    }
}
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.uploads.ImageForm"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "gif", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = MAX_UPLOAD_BYTES
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 25_000_000
WAGTAILDOCS_DOCUMENT_FORM_BASE = "cms.uploads.DocumentForm"
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "txt", "csv", "png", "jpg", "jpeg"]
WAGTAILDOCS_SERVE_METHOD = "direct"  # staff's own screens link to /media/; readers get files from the library

# --- mail -------------------------------------------------------------------------------------------------------
# Bulk goes through mailings.transports: `file` writes to MAIL_DIR, `smtp` to EMAIL_URL, `esp` to a provider's HTTP
# interface; so do sign-in codes.
EMAIL_URL = env.str("EMAIL_URL", "")
MAIL_PROVIDER = env.str("MAIL_PROVIDER", "")  # a key of mailings.transports.providers
MAIL_PROVIDER_CALLS = env.int("MAIL_PROVIDER_CALLS", 20)  # at a time, per sending process
MAIL_PROVIDER_RETURN_PATH = env.bool("MAIL_PROVIDER_RETURN_PATH", False)
MAIL_TRANSPORT = "esp" if MAIL_PROVIDER else "smtp" if EMAIL_URL else "file"
MAIL_DIR = VAR_DIR / "mail"
ANYMAIL = {  # every variable ANYMAIL_…; what is no plain word is JSON
    name.removeprefix("ANYMAIL_"): json.loads(value) if value[:1] in {"{", "["} else value
    for name, value in env.ENVIRON.items()
    if name.startswith("ANYMAIL_")
}
if MAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
elif EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
    EMAIL_TIMEOUT = 15  # seconds, for single mails such as sign-in codes
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR / "account")
SMTP_STARTTLS = env.str("SMTP_STARTTLS", "required")  # required · optional; loopback never needs it
SMTP_CONNECTIONS = env.int("SMTP_CONNECTIONS", 4)  # per worker
# mails a minute to a provider, a domain or in all, e.g. google=1200,example.org=60,*=6000
MAIL_LIMITS = {name: float(n) for name, n in env.dict("MAIL_LIMITS", default={}).items()}
MAIL_DOMAIN = env.str("MAIL_DOMAIN", "forbundet.example.org")
UNION_NAME = WAGTAIL_SITE_NAME
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{UNION_NAME} <post@{MAIL_DOMAIN}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILING_FROM_ADDRESS = env.str("MAILING_FROM_ADDRESS", f"utskick@{MAIL_DOMAIN}")
BOUNCE_DOMAIN = env.str("BOUNCE_DOMAIN", MAIL_DOMAIN)
DKIM_SELECTORS = env.list("DKIM_SELECTORS", default=[])  # the names under which the mail server signs
SENDING_HOSTS = env.list("SENDING_HOSTS", default=[])  # names or addresses of the servers mail leaves from
MAILING_CONSUMER_LIMIT = env.int("MAILING_CONSUMER_LIMIT", 50)  # recipients at Gmail & co., while the domain is red
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", "") or SECRET_KEY  # keep it apart from SECRET_KEY where that is rotated
# What comes back: events from these providers (django-anymail's names), returned mail from a mailbox.
WEBHOOK_PROVIDERS = env.list("WEBHOOK_PROVIDERS", default=[])
BOUNCE_IMAP_URL = env.str("BOUNCE_IMAP_URL", "")
BOUNCE_SECONDS = env.float("BOUNCE_SECONDS", 60.0)
PHONE_REGION = env.str("PHONE_REGION", "SE")
ROSTER_STALE_DAYS = env.int("ROSTER_STALE_DAYS", 7)  # membership data older than this is a banner on its lists

MAILING_APPROVAL_ABOVE = env.int("MAILING_APPROVAL_ABOVE", 0)  # recipients; more need a second person, 0: never
MAILING_HOLD_SECONDS = env.int("MAILING_HOLD_SECONDS", 60)
MAILING_BATCH_SIZE = env.int("MAILING_BATCH_SIZE", 1000)  # recipients
MAILING_WINDOW_SIZE = env.int("MAILING_WINDOW_SIZE", 50)  # mails committed together
MAILING_LEASE_SECONDS = env.int("MAILING_LEASE_SECONDS", 900)
MAILING_HEARTBEAT_STALE_SECONDS = env.int("MAILING_HEARTBEAT_STALE_SECONDS", 60)
MAILING_PUMPS = env.int("MAILING_PUMPS", 2)  # batches in work at once: the worker slots of all machines together
MAILING_SLICE_SECONDS = 2.0
JOURNAL_DIR = VAR_DIR / "journal"
LEDGER_DIR = Path(env.str("LEDGER_DIR", str(VAR_DIR / "ledger")))  # outlives a restored backup: put it on another disk
CANARY_ADDRESS = env.str("CANARY_ADDRESS", "")  # a mailbox of ours that gets a tiny mail every CANARY_MINUTES
CANARY_MINUTES = env.int("CANARY_MINUTES", 10)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # without it there is no /metrics

# --- the bell ---------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "")
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 15.0)
CELERY_BROKER_URL = REDIS_URL or "files://localhost/"  # comms.broker, registered in comms.celery
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # a broker that is full refuses even acknowledgements
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(REDIS_URL)  # nothing to broadcast to with the embedded broker
CELERY_TIMEZONE = TIME_ZONE
# No `expires`: it compares the beat's clock with the worker's, and a worker whose clock is ahead would do nothing.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "mailings.tasks.sweep", "schedule": SWEEP_SECONDS},
    "gate": {"task": "templates_lib.tasks.sweep", "schedule": SWEEP_SECONDS},
    "sender": {"task": "mailings.tasks.look_at_sender", "schedule": 3600.0},
    "sizes": {"task": "comms.people.tasks.recount", "schedule": crontab(hour=0, minute=10)},
    "purge": {"task": "mailings.tasks.purge", "schedule": crontab(hour=3, minute=10)},
    "files": {"task": "cms.tasks.read_files", "schedule": SWEEP_SECONDS},
    "exports": {"task": "comms.members.tasks.sweep", "schedule": SWEEP_SECONDS},
    "exports_close": {"task": "comms.members.tasks.close_exports", "schedule": 600.0},
    "codes": {"task": "comms.accounts.tasks.sweep", "schedule": SWEEP_SECONDS},
    "reconcile": {"task": "mailings.tasks.reconcile", "schedule": crontab(hour=4, minute=10)},
    "library": {"task": "cms.tasks.sweep", "schedule": SWEEP_SECONDS},
    "library_tells": {"task": "cms.tasks.tell", "schedule": crontab(hour=6, minute=10)},
}
if BOUNCE_IMAP_URL:
    CELERY_BEAT_SCHEDULE["bounces"] = {"task": "mailings.tasks.read_bounces", "schedule": BOUNCE_SECONDS}
if CANARY_ADDRESS:
    CELERY_BEAT_SCHEDULE["canary"] = {"task": "mailings.tasks.canary", "schedule": CANARY_MINUTES * 60.0}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 900,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
    if REDIS_URL
    else {"folder": str(VAR_DIR / "broker"), "polling_interval": 0.1}
)

# --- safety -----------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = _secure
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 31536000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"  # mailed pages say no-referrer themselves
X_FRAME_OPTIONS = "SAMEORIGIN"  # previews are framed by our own pages; the policy below says the same
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # which wants "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

ADMINS = [("", address) for address in env.list("ALARM_TO", default=[])]
EMAIL_SUBJECT_PREFIX = f"[{UNION_NAME}] "
_discreet = {"filters": ["mask_tokens"], "formatter": "json" if env.str("LOG_FORMAT", "line") == "json" else "line"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}{about}", "style": "{"},
        "json": {"()": "comms.privacy.logs.JsonLine", "json_ensure_ascii": False},
    },
    "filters": {"mask_tokens": {"()": "comms.privacy.logs.MaskTokens"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", **_discreet},
        "alarm": {"class": "comms.privacy.logs.AlarmMail", "level": "ERROR", **_discreet, "formatter": "line"},
    },
    "root": {"handlers": ["console", "alarm"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("django_tasks", "flufl", "pikepdf", "wagtail")},  # they talk a lot
        "apprise": {"level": "CRITICAL", "propagate": False},  # it writes down numbers,
        "urllib3": {"level": "ERROR"},  # and this the addresses they are part of
        # no handlers of their own, which would mail form data and local variables, or write addresses with tokens
        **{name: {"handlers": [], "level": "INFO", "propagate": True} for name in ("django", "django.server")},
    },
}
