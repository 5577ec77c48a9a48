"""Where the house could come apart: what holds each module to the others, and what pulls it away.

The thresholds are those of docs/adr/0008-stay-or-split.md.
"""

import ast
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

from apps.core.calls import Usage

KERNEL = "core"
FEWEST_CHANGES = 10  # of which coupling says something
MOST_COUPLING = 1 / 3  # of the changes that touch a module
LEAST_CALLS = 20.0  # per second
LEAST_SHARE = 0.25  # of the time that all interfaces take
SWEEPING = 4  # modules in one change: a renaming, a new rule for all

FOREIGN_KEYS = """
    select distinct child.relname, parent.relname
    from pg_constraint c
    join pg_class child on child.oid = c.conrelid
    join pg_class parent on parent.oid = c.confrelid
    where c.contype = 'f'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The commits of the last year that touched a module. `partner` is the module that most often changed with it."""

    count: int = 0
    together: int = 0
    partner: str = ""

    @property
    def coupling(self) -> float:
        return self.together / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """What is known of a module."""

    module: str
    has_interface: bool
    usage: Usage = field(default_factory=Usage)
    share: float = 0.0
    tables: int = 0
    shared: tuple[str, ...] = ()
    changes: Changes = field(default_factory=Changes)
    importers: tuple[str, ...] = ()

    @property
    def ties(self) -> list[str]:
        """What holds it here, as phrases."""
        held = {
            "has no interface": not self.has_interface,
            "shares foreign keys": bool(self.shared),
            f"{self.changes.count} changes in a year tell too little": self.changes.count < FEWEST_CHANGES,
            f"changes with {self.changes.partner}": (
                self.changes.count >= FEWEST_CHANGES and self.changes.coupling > MOST_COUPLING
            ),
        }
        return [phrase for phrase, holds in held.items() if holds]

    @property
    def pulls(self) -> list[str]:
        """What would be gained by its leaving, as phrases."""
        pulling = {
            f"{self.usage.per_second:.0f} calls a second": self.usage.per_second >= LEAST_CALLS,
            f"{self.share:.0%} of the time of all calls": self.share >= LEAST_SHARE,
        }
        return [phrase for phrase, pulls in pulling.items() if pulls]

    @property
    def is_candidate(self) -> bool:
        return bool(self.pulls) and not self.ties

    @property
    def verdict(self) -> str:
        if self.is_candidate:
            return f"candidate: {', '.join(self.pulls)}"
        return f"stay: {', '.join(self.ties or ['nothing pulls it out'])}"


def seams(usage: Mapping[str, Usage], history: str) -> list[Seam]:
    """Return every module's seam, by name.

    :param usage: what `apps.core.calls` counted
    :param history: what `git_history` returns
    """
    tables, shared, changes, importers = _tables(), _shared_keys(), _changes(history), _importers()
    whole = sum(each.microseconds for each in usage.values())
    return [
        Seam(
            module=module,
            has_interface=module in settings.MODULES,
            usage=usage.get(module, Usage()),
            share=usage[module].microseconds / whole if whole and module in usage else 0.0,
            tables=sum(owner == module for owner in tables.values()),
            shared=tuple(sorted(shared[module])),
            changes=changes.get(module, Changes()),
            importers=tuple(sorted(importers[module])),
        )
        for module in modules()
    ]


def modules() -> list[str]:
    """Return the names of the modules, without the kernel."""
    names = {
        config.name.split(".")[1] for config in apps.get_app_configs() if config.name.startswith("apps.")
    }
    return sorted(names - {KERNEL})


def git_history(root: Path) -> str:
    """Return the files of each change of the last year, a NUL before each change; empty where there is no git."""
    command = ["git", "-C", str(root), "log", "--since=1.year", "--no-merges", "--name-only", "--format=%x00"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""


def _tables() -> dict[str, str]:
    """Return which module owns each table."""
    return {
        model._meta.db_table: model.__module__.split(".")[1]
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("apps.")
    }


def _shared_keys() -> dict[str, set[str]]:
    """Return the foreign keys that lead from one module to another, under both."""
    owners, found = _tables(), defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS)
        for child, parent in cursor.fetchall():
            if len(ends := {owners.get(child), owners.get(parent)} - {None}) == 2:
                for module in ends:
                    found[str(module)].add(f"{child} → {parent}")
    return found


def _changes(history: str) -> dict[str, Changes]:
    counts: Counter[str] = Counter()
    together: Counter[str] = Counter()
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    for change in history.split("\0"):
        touched = set(re.findall(r"^(?:apps|templates)/(\w+)/", change, re.MULTILINE)) & set(modules())
        if len(touched) > SWEEPING:
            continue
        counts.update(touched)
        together.update(touched if len(touched) > 1 else ())
        for module in touched:
            pairs[module].update(touched - {module})
    return {
        module: Changes(count=count, together=together[module], partner=_most(pairs[module]))
        for module, count in counts.items()
    }


def _most(partners: Counter[str]) -> str:
    return partners.most_common(1)[0][0] if partners else ""


def _importers() -> dict[str, set[str]]:
    """Return which modules import each module's interface or events."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in Path(settings.BASE_DIR, "apps").rglob("*.py"):
        importer = path.relative_to(settings.BASE_DIR).parts[1]
        for imported in _imported(path):
            if imported != importer:
                found[imported].add(importer)
    return found


def _imported(path: Path) -> Iterable[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    names = (node.module or "" for node in nodes if isinstance(node, ast.ImportFrom))
    return {name.split(".")[1] for name in names if name.startswith("apps.") and name.count(".") > 1}
