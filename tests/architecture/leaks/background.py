"""Finds the tasks and consumers of the modules, and runs them in one workspace with the ids of another."""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, get_args, get_type_hints
from uuid import UUID

from django.apps import apps
from django.core import mail
from django.db import transaction

from apps.core import scope, subscriptions
from apps.jobs import declarations
from tests.architecture.leaks.attack import Siege, taken_back
from tests.architecture.leaks.holdings import Holdings, fingerprint
from tests.factories import products

PLAIN: dict[Any, Any] = {str: "x", int: 1, bool: True, float: 1.0, datetime: datetime.max.replace(tzinfo=UTC)}

#: Tasks that give other workspaces a task each, and why; besides those of the product's modules.
ROUNDS = {"task billing.sweep_usage": "it has usage sent whose task was lost"}


@dataclass(frozen=True)
class Work:
    """A task or a consumer. `run` is called with a value for each of `takes`."""

    name: str
    takes: dict[str, Any]
    run: Callable[..., object]

    def __str__(self) -> str:
        return self.name


def find() -> list[Work]:
    """Return all work that the modules declare."""
    tasks = [
        Work(f"task {task.name}", task.types, task.function)
        for task in declarations.tasks()
        if task.function.__module__.startswith("apps.")
    ]
    return tasks + list(_consumers())


def faults(siege: Siege, work: Work) -> list[str]:
    """Run the work in the attacker's workspace with the victim's ids, and return what was wrong, as sentences."""
    found: list[str] = []
    for arguments in _arguments(siege, work):
        with taken_back():
            failed = _run(siege, work, arguments)
            after = fingerprint(siege.victim)
            sent = "\n".join(str(message.message()) for message in mail.outbox)
            written = "" if failed else "\n".join(Holdings(siege.own.told).texts)
        given = {str(value) for value in arguments.values()}
        secrets = [text for text in siege.secrets if text not in given]
        changed = [table for table, digest in after.items() if digest != siege.before[table]]
        found += [f"{work} changed {table}." for table in changed if not _is_given(work, table)]
        found += [f"{work} mailed “{text}” ({siege.secrets[text]})." for text in secrets if text in sent]
        found += [f"{work} wrote “{text}” ({siege.secrets[text]})." for text in secrets if text in written]
    return found


def _is_given(work: Work, table: str) -> bool:
    """Tell whether it may give other workspaces something to do."""
    return table == "public.jobs_task" and work.name in ROUNDS | products.rounds()


def _run(siege: Siege, work: Work, arguments: dict[str, Any]) -> bool:
    """Return whether it failed, which is what it should do: what it wrote is taken back then."""
    with scope.activate(scope.Scope(tenant_id=siege.own.told.tenant.id, cell="pool")):
        try:
            with transaction.atomic():
                work.run(**arguments)
        except Exception:
            return True
    return False


def _arguments(siege: Siege, work: Work) -> Iterator[dict[str, Any]]:
    """Return calls that together try every id that may stand in each of the arguments."""
    candidates = {name: _values(siege, name, hint) for name, hint in work.takes.items()}
    if not candidates:
        yield {}
        return
    for values in zip_longest(*candidates.values()):
        tried = zip(candidates.items(), values, strict=True)
        yield {name: known[0] if value is None else value for (name, known), value in tried}


def _values(siege: Siege, name: str, hint: Any) -> list[Any]:
    options = [option for option in get_args(hint) if option is not type(None)] or [hint]
    if UUID in options:
        named = name.removesuffix("_id").replace("_", "")
        rows = siege.victim.rows.items()
        labels = [label for label, _rows in rows if apps.get_model(label)._meta.model_name == named]
        people = siege.victim.people if named in ("user", "owner", "person") else []
        return [*people, *map(UUID, siege.victim.ids_of(labels))] or [siege.victim.told.tenant.id]
    kind = options[0]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return [
            kind(**{field.name: _values(siege, field.name, hints[field.name])[0] for field in fields(kind)})
        ]
    return [PLAIN.get(kind, ())]


def _consumers() -> Iterator[Work]:
    for kind in subscriptions.event_types():
        for consumer, handler in subscriptions._subscriptions[kind].items():
            if kind.__module__.startswith("apps."):
                hints = get_type_hints(kind)
                takes = {field.name: hints[field.name] for field in fields(kind) if field.default is MISSING}
                run = _tell(kind, handler)
                yield Work(f"{consumer} of {kind.event_name}", takes, run)


def _tell(kind: Any, handler: subscriptions.Handler) -> Callable[..., object]:
    return lambda **values: handler(kind(**values))
