"""Reading what staff decided, from Valkey where it is warm."""

from typing import Any
from uuid import UUID

from apps.core import answers
from apps.core.flags import Switches
from apps.flags.models import FlagException, FlagShare

VERSION = "flags"


def switches_for(tenant_id: UUID | None) -> Switches:
    """Return what staff decided, for a workspace or for none."""
    found = answers.kept(f"{VERSION}:{tenant_id}", version=VERSION, read=lambda: _read(tenant_id))
    return Switches(**found)


def forget_switches() -> None:
    """Have every process read the database again. Call it once a change is committed."""
    answers.changed(VERSION)


def _read(tenant_id: UUID | None) -> dict[str, Any]:
    return {
        "shares": dict(FlagShare.objects.values_list("flag", "percent")),
        "exceptions": _exceptions(tenant_id) if tenant_id else {},
    }


def _exceptions(tenant_id: UUID) -> dict[str, bool]:
    rows = FlagException.objects.filter(tenant_id=tenant_id).exclude(state=FlagException.State.SHARE)
    return {row.flag: row.state == FlagException.State.ON for row in rows}
