"""System checks of the house: wiring, placement and feature flags."""

from collections.abc import Iterator, Sequence
from inspect import signature
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.utils.module_loading import import_string

from apps.core import flags
from apps.core.modules import interface_of


@register(Tags.compatibility)
def check_modules(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Every entry of MODULES and REMOTE_MODULES imports, implements its interface and keeps its parameter names."""
    wired = [*settings.MODULES.items(), *settings.REMOTE_MODULES.items()]
    return [error for name, path in wired for error in _module_errors(name, path)]


def _module_errors(name: str, path: str) -> Iterator[CheckMessage]:
    try:
        interface, implementation = interface_of(name), import_string(path)
    except (ImportError, LookupError) as error:
        yield Error(f"{path} can't stand for {name!r}: {error}", id="core.E001")
        return
    if not issubclass(implementation, interface):
        yield Error(f"{path} does not implement {interface.__name__}.", id="core.E002")
        return
    for method in sorted(interface.__abstractmethods__):
        promised = list(signature(getattr(interface, method)).parameters)
        actual = list(signature(getattr(implementation, method)).parameters)
        if promised != actual:
            yield Error(f"{path}.{method} takes {actual}; the interface says {promised}.", id="core.E003")


@register(Tags.compatibility)
def check_placement(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """An app lives in the shared schema or in the cells, and stays where its migrations first ran.

    Every schema records all apps as applied, so moving an app between the lists would create no table.
    An app says where it was born with `placement` in its AppConfig.
    """
    both = set(settings.SHARED_APPS) & set(settings.TENANT_APPS)
    errors: list[CheckMessage] = [
        Error(f"{name} stands in SHARED_APPS and TENANT_APPS.", id="core.E004") for name in sorted(both)
    ]
    for config in apps.get_app_configs():
        born = getattr(config, "placement", "shared")
        listed = "cell" if config.name in settings.TENANT_APPS else "shared"
        if born != listed:
            errors.append(
                Error(
                    f"{config.name} was born in the {born} placement and is listed as {listed}. Its tables would "
                    "not be created. Move it back, or write a new app and copy the data.",
                    id="core.E005",
                )
            )
    return errors


@register(Tags.compatibility)
def check_flags(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """No feature flag stays in the code past its end."""
    return [
        CheckWarning(
            f"The flag {flag.name} ended on {flag.ends_on}.",
            hint=f"{flag.owner}: take it out of the code, or give it a new end.",
            id="core.W006",
        )
        for flag in flags.declared()
        if flag.is_over
    ]
