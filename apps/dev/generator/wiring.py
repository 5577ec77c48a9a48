"""The lines outside of its own folders that name a product module, and how they are added and taken out.

An edit that finds no place for its line says so before anything is written.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.core.management.base import CommandError

from apps.dev.generator.names import Names, camel
from apps.dev.generator.plan import Plan
from apps.dev.generator.source import insert_after, insert_into, without

SETTINGS, URLS, API = "config/settings/base.py", "config/urls.py", "config/api.py"
PLANS, PROJECT = "config/plans.py", "pyproject.toml"
FLOORS = re.compile(r'(?<=id = "floors"\n).*?(?=\n\n)', re.DOTALL)
INSIDE = re.compile(r'(?<=id = "inside"\n).*?(?=\n\n)', re.DOTALL)


def wire(plan: Plan, names: Names) -> None:
    """Have the project know a module.

    :raises CommandError: naming the line to add by hand, where its place is not found
    """
    module, view_set = names.module, f"{camel(names.entity)}ViewSet"
    slug, basename = names.entities.replace("_", "-"), names.entity.replace("_", "-")
    plan.edit(
        SETTINGS,
        lambda text: insert_into(text, "MODULES", f'"{module}": "apps.{module}.local.Local{camel(module)}"'),
    )
    plan.edit(SETTINGS, lambda text: insert_into(text, "TENANT_APPS", f'"apps.{module}"'))
    plan.edit(URLS, lambda text: insert_into(text, "workspace", f'path("", include("apps.{module}.urls"))'))
    plan.edit(API, lambda text: insert_after(text, "from ", f"from apps.{module}.api import {view_set}"))
    plan.edit(
        API,
        lambda text: insert_after(
            text, "router", f'router.register("{slug}", {view_set}, basename="{basename}")'
        ),
    )
    plan.edit(
        PROJECT, lambda text: _sub(FLOORS, _joins(module), text, f'"apps.{module}" in the contract "floors"')
    )
    plan.edit(
        PROJECT, lambda text: _sub(INSIDE, _lists(module), text, f'"apps.{module}" in the contract "inside"')
    )


def unwire(plan: Plan, module: str) -> None:
    """Have the project forget a module."""
    for path in (SETTINGS, URLS, API):
        plan.edit(path, lambda text: without(text, module))
    sold = rf'^ *"{module}\.\w+": .*,\n|"{module}\.\w+",? ?'
    plan.edit(PLANS, lambda text: re.sub(sold, "", text, flags=re.MULTILINE))
    plan.edit(PROJECT, lambda text: re.sub(rf'^ *"apps\.{module}",\n', "", text, flags=re.MULTILINE))
    plan.edit(PROJECT, lambda text: re.sub(rf" : apps\.{module}\b|(?<=\")apps\.{module} : ", "", text))


def _sub(place: re.Pattern[str], edit: Callable[[str], str | None], text: str, line: str) -> str:
    found = place.search(text)
    edited = edit(found.group()) if found else None
    if found is None or edited is None:
        raise CommandError(f"{PROJECT} has no place for {line}. Add it by hand.")
    return text[: found.start()] + edited + text[found.end() :]


def _joins(module: str) -> Callable[[str], str | None]:
    """Put a module on the floor of the other product modules, or, where there are none, right below the roof."""
    others = "|".join(re.escape(name) for name in settings.TENANT_APPS)

    def edit(contract: str) -> str | None:
        if others and (floor := re.search(rf'(?<=")[^"\n]*\b({others})\b[^"\n]*(?=",\n)', contract)):
            return contract.replace(floor.group(), f"{floor.group()} : apps.{module}")
        roof = re.search(r'^( *)"apps\.admin.*\n', contract, re.MULTILINE)
        if roof is None:
            return None
        return contract.replace(roof.group(), f'{roof.group()}{roof.group(1)}"apps.{module}",\n')

    return edit


def _lists(module: str) -> Callable[[str], str | None]:
    """Add a module to the containers of a contract."""

    def edit(contract: str) -> str | None:
        start = "containers = [\n"
        return contract.replace(start, f'{start}    "apps.{module}",\n') if start in contract else None

    return edit
