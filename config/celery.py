"""The application of Celery: how wake-ups reach the workers. What they run is declared by the modules.

`manage.py worker` starts a worker; `celery --app config` works too, where DJANGO_SETTINGS_MODULE is set.
"""

from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.db import close_old_connections

from config import product

app = Celery(product.SLUG)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def _keep_connections(**_: Any) -> None:
    """As a request does: Celery would open new ones for each task (CELERY_DB_REUSE_MAX keeps it from that)."""
    close_old_connections()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Django has set it up; a receiver of this signal keeps Celery from doing it again."""
