"""Everything that is named for a product module: its folders and files, its lines, and who else still speaks of it."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from apps.dev.generator.plan import Plan, root
from apps.dev.generator.wiring import unwire

FOLDERS = ("apps", "config", "static", "templates", "tests")
#: Those that measure the module go with it, each with all that it is made of.
BENCHMARKS = "tests/benchmarks"
TEXTS = {".html", ".py", ".toml", ".txt"}


def plan_removal(module: str) -> Plan:
    """Return what removing a product module deletes and changes.

    :raises CommandError: if there is no such product module, or something else still needs it
    """
    if f"apps.{module}" not in settings.TENANT_APPS:
        products = ", ".join(name.removeprefix("apps.") for name in settings.TENANT_APPS if "apps." in name)
        raise CommandError(f"{module!r} is no product module. These are: {products or 'none is left'}.")
    plan = Plan(deleted=[path.relative_to(root()).as_posix() for path in _named_for(module)])
    unwire(plan, module)
    if users := list(_users(module, plan)):
        raise CommandError(
            f"Other parts still use {module}. Change these lines first:\n  " + "\n  ".join(users)
        )
    return plan


def _named_for(module: str) -> Iterator[Path]:
    """Yield the folders and files that have the module's name, each folder whole."""
    for folder in FOLDERS:
        found = sorted(path for path in (root() / folder).rglob("*") if _is_named_for(path, module))
        yield from (path for path in found if not set(path.parents) & set(found))


def _is_named_for(path: Path, module: str) -> bool:
    if "__pycache__" in path.parts:
        return False
    if path.parent == root() / BENCHMARKS:
        files = [path] if path.is_file() else path.rglob("*.py")
        return path.stem == module or any(f"apps.{module}." in file.read_text() for file in files)
    return path.name == module or bool(re.fullmatch(rf"(test_)?{module}(_\w+)?\.(py|html|css|js)", path.name))


def _users(module: str, plan: Plan) -> Iterator[str]:
    """Yield the lines that import the module, or lead to its pages, in what stays."""
    names = (
        rf"\bapps\.{module}\b|\btests\.factories\.{module}\b|factories import .*\b{module}\b|[\"']{module}:\w"
    )
    gone = [root() / path for path in plan.deleted]
    for folder in FOLDERS:
        for path in sorted((root() / folder).rglob("*")):
            if path.suffix in TEXTS and not any(path.is_relative_to(place) for place in gone):
                relative = path.relative_to(root()).as_posix()
                lines = plan.changed.get(relative, path.read_text()).splitlines()
                yield from (
                    f"{relative}:{number}: {line.strip()}"
                    for number, line in enumerate(lines, start=1)
                    if re.search(names, line)
                )
