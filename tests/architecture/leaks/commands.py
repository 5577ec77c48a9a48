"""Finds our management commands, and runs them for one workspace to see whether they keep to it."""

from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand

from tests.architecture.leaks.attack import Siege, taken_back
from tests.architecture.leaks.exemptions import CROSSING
from tests.architecture.leaks.holdings import fingerprint
from tests.factories import products


def find() -> dict[str, BaseCommand]:
    """Return the commands that stand in `apps/`, by their names."""
    return {
        name: load_command_class(app, name)
        for name, app in get_commands().items()
        if isinstance(app, str) and app.startswith("apps.")
    }


def faults(siege: Siege, name: str, command: BaseCommand) -> list[str]:
    """Run a command for the attacker's workspace, take it back, and return what was wrong, as sentences."""
    if not takes_tenant(command):
        return [
            f"manage.py {name} takes no --tenant. Give it one, or add it to CROSSING in "
            "tests/architecture/leaks/exemptions.py with the reason why it crosses workspaces."
        ]
    slug = siege.own.told.tenant.slug
    with taken_back():
        printed = _run(command, slug, _required(siege, command))
        after = fingerprint(siege.victim)
    told = next((text for text in siege.secrets if text in printed), "")
    changed = [table for table, digest in after.items() if digest != siege.before[table]]
    label = f"manage.py {name} --tenant {slug}"
    return [
        *([f"{label} printed “{told}” of another workspace ({siege.secrets[told]})."] if told else []),
        *(f"{label} changed rows of another workspace in {table}." for table in changed),
    ]


def declared() -> dict[str, str]:
    """Return the commands that are said to cross workspaces, with the reasons."""
    return CROSSING | products.crossing()


def takes_tenant(command: BaseCommand) -> bool:
    return any("--tenant" in action.option_strings for action in _actions(command))


def _actions(command: BaseCommand) -> list[Any]:
    return command.create_parser("manage.py", "")._actions


def _required(siege: Siege, command: BaseCommand) -> dict[str, Any]:
    """Return the other arguments that a command can't do without: a choice, or an id of the victim's."""
    foreign = str(siege.victim.told.tenant.id)
    return {
        action.dest: next(iter(action.choices)) if action.choices else foreign
        for action in _actions(command)
        if action.required and action.dest != "tenant"
    }


def _run(command: BaseCommand, slug: str, required: dict[str, Any]) -> str:
    out, err = StringIO(), StringIO()
    try:
        call_command(command, tenant=slug, stdout=out, stderr=err, **required)
    except CommandError as error:
        return f"{out.getvalue()}{err.getvalue()}{error}"
    return out.getvalue() + err.getvalue()
