"""Feature flags: declared in code with an owner and an end, switched by staff for workspaces one by one or by share.

    flags.declare("radar.new_chart", _("Chart that can be zoomed"), owner="Ana", ends_on=date(2027, 3, 1))

    if flags.enabled("radar.new_chart"): ...            in code
    flags.require("radar.new_chart")                    in a view or an API view: 404 where it is off
    {% flag "radar.new_chart" %}…{% else %}…{% endflag %}     in a template

A flag is off until staff switch it on (/admin/, Feature flags). `manage.py flags` lists them; once one is past its
end, `make check` asks to take it out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from apps.core import clock, scope
from apps.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something that is not yet for everybody. `owner` takes it out of the code by `ends_on`."""

    name: str
    description: Any
    owner: str
    ends_on: date

    @property
    def is_over(self) -> bool:
        return self.ends_on < clock.now().date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What staff decided: the share of workspaces per flag, in percent, and the exceptions for one workspace."""

    shares: Mapping[str, int]
    exceptions: Mapping[str, bool]


class UnknownFlag(LookupError):
    """No module declares this flag. Most likely its name is misspelt."""


_declared: dict[str, Flag] = {}
_finders: list[Callable[[UUID | None], Switches]] = []


def declare(name: str, description: Any, *, owner: str, ends_on: date) -> None:
    """Declare a flag such as `radar.new_chart`; call it from a module's `apps.py`.

    :param owner: who decides about it, and takes it out
    :param ends_on: the last day on which it may stand in the code
    """
    _declared[name] = Flag(name=name, description=description, owner=owner, ends_on=ends_on)


def declared() -> tuple[Flag, ...]:
    """Return every declared flag, by name."""
    return tuple(_declared[name] for name in sorted(_declared))


def get(name: str) -> Flag:
    """Return a declared flag.

    :raises UnknownFlag: if no module declares it
    """
    if name not in _declared:
        raise UnknownFlag(f"No module declares the flag {name!r}. Declare it with flags.declare in apps.py.")
    return _declared[name]


def find_switches_with(finder: Callable[[UUID | None], Switches]) -> None:
    """Have `finder` answer what staff decided for a tenant; the module that keeps it registers it."""
    _finders.append(finder)


def enabled(name: str) -> bool:
    """Tell whether a flag is on for the workspace in scope; with none in scope, whether it is on for all.

    :raises UnknownFlag: if no module declares it
    """
    flag, tenant_id = get(name), scope.current().tenant_id
    switches = _finders[-1](tenant_id)
    if flag.name in switches.exceptions:
        return switches.exceptions[flag.name]
    return _place(flag.name, tenant_id) < switches.shares.get(flag.name, 0)


def require(name: str) -> None:
    """Demand a flag.

    :raises NotFound: if it is off for the workspace in scope
    :raises UnknownFlag: if no module declares it
    """
    if not enabled(name):
        raise NotFound


def _place(name: str, tenant_id: UUID | None) -> int:
    """Return a workspace's lasting place from 0 to 99 in the queue for a flag. Each flag has its own order."""
    if tenant_id is None:
        return 99
    return int.from_bytes(sha256(f"{name}:{tenant_id}".encode()).digest()[:8]) % 100
