"""Settings that hold everywhere. What differs between environments comes from variables (see .env.example)."""

import sys
from pathlib import Path

from csp.constants import NONE, SELF

from config import env, product, queues

PRODUCT_NAME = product.NAME
PRODUCT_SLUG = product.SLUG

BASE_DIR = Path(__file__).resolve().parent.parent.parent

SECRET_KEY = env.secret_key()
SECRET_KEY_FALLBACKS = env.get_list("SECRET_KEY_FALLBACKS")  # former ones: what they signed stays good
DEBUG = False
ALLOWED_HOSTS = env.get_list("ALLOWED_HOSTS")
BASE_URL = env.base_url()
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# Modules: the name of each, and the class behind its interface.
MODULES = {
    "accounts": "apps.accounts.local.LocalAccounts",
    "audit": "apps.audit.local.LocalAudit",
    "billing": "apps.billing.local.LocalUsage",
    "entitlements": "apps.entitlements.local.LocalEntitlements",
    "events": "apps.events.local.LocalEvents",
    "jobs": "apps.jobs.local.LocalJobs",
    "notifications": "apps.notifications.local.LocalNotifications",
    "radar": "apps.radar.local.LocalRadar",
    "tenancy": "apps.tenancy.local.LocalTenancy",
}

# Modules that may run in a process of their own: where they do, and what stands for them here then.
MODULE_URLS = {"audit": env.get_module_url("AUDIT_URL")}
REMOTE_MODULES = {"audit": "apps.audit.remote.RemoteAudit"}
SERVICE_SECRETS = env.service_secrets()

# The seal of the audit log, in the process that keeps it
AUDIT_SIGNING_KEY = env.audit_signing_key()
AUDIT_FORMER_KEYS = env.audit_former_keys()
AUDIT_KEEP_DAYS = env.get_int("AUDIT_KEEP_DAYS", 0)  # or as long as the plan shows; 0 keeps everything

# Log-ins by other sites: those with an id and a secret.
SOCIALACCOUNT_PROVIDERS = env.social_providers()

# Shared apps keep their tables in the schema `public`; tenant apps have them once in every cell.
SHARED_APPS = [
    "apps.core",
    "apps.events",
    "apps.jobs",
    "apps.flags",
    "apps.accounts",
    "apps.tenancy",
    "apps.audit",
    "apps.entitlements",
    "apps.webhooks",
    "apps.notifications",
    "apps.billing",
    "apps.admin.apps.BackofficeConfig",
    "apps.admin.apps.DjangoAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    *[f"allauth.socialaccount.providers.{name}" for name in SOCIALACCOUNT_PROVIDERS],
    "allauth.usersessions",
    "django_cotton.apps.SimpleAppConfig",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials.apps.SimpleAppConfig",
]
TENANT_APPS: list[str] = ["apps.radar"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "tenancy.Cell"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

MIDDLEWARE = [
    "apps.core.http.request_id.RequestIdMiddleware",
    "apps.core.http.headers.SecurityHeadersMiddleware",
    "apps.core.http.headers.ContentPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.core.http.health.HealthMiddleware",
    "apps.tenancy.host_middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.core.http.https.HttpsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.SessionAgeMiddleware",
    "apps.tenancy.host_middleware.HostSessionMiddleware",
    "apps.core.http.errors.ErrorMiddleware",
    "apps.core.http.body_limit.BodyLimitMiddleware",
    "apps.accounts.middleware.PreferencesMiddleware",
    "apps.tenancy.support_middleware.SupportMiddleware",
    "apps.tenancy.middleware.ScopeMiddleware",
    "apps.entitlements.middleware.ReadOnlyMiddleware",
    "apps.core.http.access_log.AccessLogMiddleware",
    "apps.admin.middleware.BackofficeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.LastSeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.tenancy.context_processors.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "apps.core.templatetags.flags",
                "apps.core.templatetags.icons",
                "apps.core.templatetags.options",
                "apps.core.templatetags.places",
                "apps.core.templatetags.product",
                "apps.entitlements.templatetags.entitlements",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# The database. One alias: the role follows the scope, and only `migrate` logs in as the owner.
DATABASES = {"default": env.database()}
DATABASE_OWNER = env.database_entry(env.database_owner_url())
DATABASE_DIRECT = env.database_entry(env.database_direct_url())
DB_POOLING = env.db_pooling()
TENANT_WRITES_NEED_TRANSACTION = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

VALKEY_URL = env.valkey_url()
VALKEY = {
    "LOCATION": VALKEY_URL,
    "OPTIONS": {"pool_class": "apps.core.valkey.Pool"},
    "KEY_PREFIX": PRODUCT_SLUG,
}
CACHES = {
    "default": {"BACKEND": "apps.core.cache.ValkeyCache", **VALKEY},
    "limits": {"BACKEND": "apps.core.cache.LimitsCache", **VALKEY},
}

# Background work. What workers run is declared by the modules; messages carry ids alone.
EVENTS_STREAM = env.get_str("EVENTS_STREAM")  # a Valkey stream that gets every event too
CELERY_BROKER_URL = env.broker_url()
CELERY_BROKER_TRANSPORT_OPTIONS = queues.transport_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_PUBLISH_RETRY_POLICY = queues.PUBLISH_RETRY
CELERY_DB_REUSE_MAX = sys.maxsize  # connections are kept: see config/celery.py
CELERY_TASK_QUEUES = queues.of(CELERY_BROKER_URL)
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240  # seconds
CELERY_TASK_TIME_LIMIT = 300
JOBS_LEASE = env.get_int("JOBS_LEASE", 30)  # seconds until a silent worker's task is given to another
JOBS_BULK_PER_TENANT = env.get_int(
    "JOBS_BULK_PER_TENANT", 1
)  # bulk tasks of a tenant and lane that run at once
JOBS_KEEP_DAYS = env.get_int("JOBS_KEEP_DAYS", 14)  # what is known of tasks that are done
EVENTS_KEEP_DAYS = env.get_int("EVENTS_KEEP_DAYS", 14)  # events that everybody has had
USAGE_KEEP_DAYS = env.get_int("USAGE_KEEP_DAYS", 90)  # each use that is charged; its sums by day stay
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.passwords.OwnWordsValidator"},
]
LOGIN_URL = "account_login"
KNOWN_DEVICE_COOKIE_NAME = "known_device"
STEP_UP_URL = "account_reauthenticate"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "landing"

ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "add_email": "apps.accounts.forms.entrance.AddEmailForm",
    "change_password": "apps.accounts.forms.entrance.ChangePasswordForm",
    "confirm_login_code": "apps.accounts.forms.entrance.ConfirmLoginCodeForm",
    "login": "apps.accounts.forms.entrance.LoginForm",
    "reauthenticate": "apps.accounts.forms.entrance.ReauthenticateForm",
    "request_login_code": "apps.accounts.forms.entrance.RequestLoginCodeForm",
    "reset_password": "apps.accounts.forms.entrance.ResetPasswordForm",
    "reset_password_from_key": "apps.accounts.forms.entrance.ResetPasswordKeyForm",
    "set_password": "apps.accounts.forms.entrance.SetPasswordForm",
    "signup": "apps.accounts.forms.entrance.SignupForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

# Apps, which hold tokens
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "apps.accounts.tokens.strategy.TokenStrategy"  # noqa: S105 - a class
TOKEN_KEYS = env.token_keys()  # empty: apps can't sign in
MAKE_TOKEN_KEYS = False

# Second steps of a log-in, and passkeys
MFA_ADAPTER = "apps.accounts.second_steps.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "add_webauthn": "apps.accounts.forms.passkeys.AddWebAuthnForm",
    "authenticate_webauthn": "apps.accounts.forms.passkeys.AuthenticateWebAuthnForm",
    "edit_webauthn": "apps.accounts.forms.passkeys.EditWebAuthnForm",
    "login_webauthn": "apps.accounts.forms.passkeys.LoginWebAuthnForm",
    "reauthenticate_webauthn": "apps.accounts.forms.passkeys.ReauthenticateWebAuthnForm",
    "activate_totp": "apps.accounts.forms.second_steps.ActivateTOTPForm",
    "authenticate": "apps.accounts.forms.second_steps.AuthenticateForm",
    "reauthenticate": "apps.accounts.forms.second_steps.ReauthenticateForm",
}
MFA_TOTP_ISSUER = PRODUCT_NAME
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # by fingerprint, face or PIN: a passkey is two factors in one
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # an office shares an address, and there is nothing to guess
# Nobody logs in before their address is confirmed. Without this, a second step would forbid changing it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_KEYS = env.mfa_keys()

# Log-ins by other sites
SOCIALACCOUNT_ADAPTER = "apps.accounts.social.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "apps.accounts.forms.social.SocialSignupForm"}
# Whoever has an address at a provider, perhaps for a day, is not let into the account here that has it.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False

# API keys
API_KEY_KIND = "live"  # what keys are called where real data is; they begin with it
API_KEY_PEPPERS = env.api_key_peppers()

# Mail
EMAIL_TIMEOUT = 10  # seconds
EMAIL_CONFIG = env.email()
vars().update(EMAIL_CONFIG)
ANYMAIL = env.mail_webhooks()
DEFAULT_FROM_EMAIL = env.get_str("DEFAULT_FROM_EMAIL", default=f"{product.NAME} <{product.SENDER}>")

STAFF_NEED_SECOND_STEP = env.get_bool("STAFF_NEED_SECOND_STEP", default=env.is_production())

# Workspaces
WORKSPACE_GRACE_DAYS = env.get_int("WORKSPACE_GRACE_DAYS", 30)
FORMER_ADDRESS_DAYS = env.get_int("FORMER_ADDRESS_DAYS", 90)
WORKSPACES_PER_OWNER = env.get_int("WORKSPACES_PER_OWNER", 10)
LOCAL_HOSTS_ARE_VERIFIED = False
SUPPORT_EMAIL = env.get_str("SUPPORT_EMAIL", default=f"support@{product.DOMAIN}")
SECURITY_EMAIL = env.get_str("SECURITY_EMAIL", default=SUPPORT_EMAIL)  # in /.well-known/security.txt
ADMINS = [("", address) for address in env.get_list("ADMINS", default=(SUPPORT_EMAIL,))]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = f"[{product.NAME}] "

# API
WORKSPACE_HEADER = f"{PRODUCT_SLUG.title()}-Workspace"  # a session names its workspace with it
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.core.api.authentication.ScopeAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.core.api.permissions.InWorkspace"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.LimitedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["apps.core.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{PRODUCT_NAME} API",
    "DESCRIPTION": "Work with a workspace's data. Send an API key or an access token as `Authorization: Bearer <key>`.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {"WebhookDeliveryState": "apps.webhooks.models.Delivery.State"},
}

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
CURRENCY = "EUR"  # of every amount; the database keeps cents

# Other servers that we call
DNS = "apps.core.dns.PublicDns"
OUTGOING_PORTS = [443, 8443]  # of addresses that customers type
OUTGOING_ALLOWED_NETWORKS = env.outgoing_allowed_networks()
WEBHOOKS_SECRET = env.get_str("WEBHOOKS_SECRET", SECRET_KEY)  # endpoints' secrets are made of it
WEBHOOKS_SECRET_FALLBACKS = env.webhooks_secret_fallbacks()  # former ones, which sign too

# Paid plans. Without a key, billing is off.
PLANS = "config.plans"
DEFAULT_PLAN = env.get_str("DEFAULT_PLAN", "free")  # of every workspace that has bought no other
STRIPE_SECRET_KEY = env.stripe_secret_key()
PLANS_ARE_SOLD = bool(STRIPE_SECRET_KEY)  # if not, everybody is on DEFAULT_PLAN, whatever was bought before
STRIPE_API_BASE = env.stripe_api_base()  # empty: Stripe's own
STRIPE_WEBHOOK_SECRETS = env.stripe_webhook_secrets()
STRIPE_TAX = env.get_bool("STRIPE_TAX")  # have Stripe Tax reckon and add taxes
BILLING_GRACE_DAYS = env.get_int("BILLING_GRACE_DAYS", 7)  # from a failed renewal to reading only

# Static files
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "tenants": env.files(BASE_DIR / "var" / "files"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    **env.audit_heads(BASE_DIR / "var" / "audit-heads"),
}
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Security
TRUSTED_PROXY_COUNT = env.trusted_proxy_count()
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # bytes of a form, without its files
LARGEST_BODY = 25_000_000  # bytes of a request, with them
SOCIAL_SITES = {
    "google": "https://accounts.google.com",
    "github": "https://github.com",
    "microsoft": "https://login.microsoftonline.com",
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "form-action": [SELF, *[SOCIAL_SITES[name] for name in SOCIALACCOUNT_PROVIDERS]],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

DEFAULT_EXCEPTION_REPORTER_FILTER = "apps.core.http.reports.ReportFilter"
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING_CONFIG = "apps.core.logs.configure"
LOG_FORMAT = env.log_format()
LOGGING = {"level": env.log_level(), "format": LOG_FORMAT}
