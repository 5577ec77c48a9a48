"""The application for WSGI servers, such as granian."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

from apps.core.http import wsgi

application = wsgi.application()
