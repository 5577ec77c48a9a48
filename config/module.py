"""The application that serves one module's interface: `manage.py serve_module` says which, in SERVE_MODULE."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

from apps.core.remote.server import ModuleApplication

application = ModuleApplication(os.environ["SERVE_MODULE"])
