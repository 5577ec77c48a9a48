"""Structured logs. Every line carries the request, the tenant and the actor of the scope it was written in."""

import logging.config
import os
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from apps.core import scope


def add_scope(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the scope's ids to a log line."""
    now = scope.current()
    ids = {
        "request_id": now.request_id,
        "tenant_id": str(now.tenant_id or ""),
        "actor": f"{now.actor.kind}:{now.actor.id or ''}".rstrip(":"),
        "on_behalf_of": str(now.on_behalf_of.id) if now.on_behalf_of else "",
    }
    event.update({key: value for key, value in ids.items() if value})
    return event


SECRETS = (
    # Links from mails: whoever reads the last part may use them. Inside ?next= the slashes are written %2F.
    re.compile(
        r"((?:invitations|domain-proof|confirm-email|reset(?:/|%2[Ff])key)(?:/|%2[Ff]))(?:(?!%2[Ff])[^/\s?&\"'\\])+"
    ),
    re.compile(r"(://[^:/?#@\s\"']*:)[^/?#@\s\"']+(?=@)"),  # the password inside an address
    re.compile(r"(Bearer )[\w.~+/-]+=*"),
    re.compile(r"(eyJ)[\w-]+\.[\w-]+\.[\w-]*"),  # signed tokens
    # Our keys, and Stripe's. One pattern for each beginning is ten times as fast as one for all.
    *(re.compile(rf"({beginning})\w[\w+/=-]*") for beginning in ("tnk_", "whsec_", "k_live_", "k_test_")),
)


def mask_secrets(_: Any, __: str, line: str) -> str:
    """Hide what opens something in a finished line: in what it says, in its fields, and in its traceback."""
    for secret in SECRETS:
        line = secret.sub(r"\1***", line)
    return line


SHARED: list[Any] = [
    add_scope,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure(options: dict[str, str]) -> None:
    """Set up logging. `format` is `console` or `json`, `level` a level of the standard library.

    Django calls it with settings.LOGGING.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": SHARED,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *_renderers(options["format"]),
                        mask_secrets,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django": {"handlers": [], "level": options["level"], "propagate": True},
                # Our own line says it with the scope's ids; errors stay.
                "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
                # runserver's adds the address of what was refused, also before our line.
                "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
                # They tell of every message and request; our own lines say what became of them.
                "celery": {"handlers": [], "level": "WARNING", "propagate": True},
                "stripe": {"handlers": [], "level": "WARNING", "propagate": True},
            },
        }
    )


def _renderers(form: str) -> list[Any]:
    if form == "console":
        return [
            structlog.dev.ConsoleRenderer(
                pad_event_to=0,
                colors="NO_COLOR" not in os.environ,
                # Where rich is installed, its tracebacks show every local variable, secrets too, and take a second.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
