"""Reading what is known of a tenant's plan, from Valkey where it is warm."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core import answers, clock
from apps.entitlements.interface import PlanFacts, Standing
from apps.entitlements.models import CurrentPlan, Override

FACTS = ("plan", "standing", "until", "ends_at", "trial_end", "source")
OVERRIDE = ("name", "value", "starts_at", "ends_at", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideFacts:
    """An override, as it is kept in the cache."""

    name: str
    value: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """All that decides about a tenant, whatever the time is. Of overrides, the latest comes first."""

    facts: PlanFacts
    overrides: tuple[OverrideFacts, ...]

    def override_of(self, name: str, now: datetime) -> OverrideFacts | None:
        """Return the override that holds for a feature or limit at a moment."""
        return next((one for one in self.overrides if one.name == name and now < one.ends_at), None)


def grants_of(tenant_id: UUID) -> Grants:
    """Return what decides about a tenant. The clock is the reader's, so that no end needs a job."""
    key = f"entitlements:{tenant_id}"
    found = answers.kept(key, version=version_of(tenant_id), read=lambda: _read(tenant_id))
    facts, overrides = found
    return Grants(
        facts=PlanFacts(**facts | {"standing": Standing(facts["standing"])}) if facts else PlanFacts(),
        overrides=tuple(OverrideFacts(**each) for each in overrides),
    )


def version_of(tenant_id: UUID) -> str:
    """Name what changes whenever the tenant's plan or overrides do."""
    return f"entitlements:{tenant_id}:version"


def _read(tenant_id: UUID) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    facts = CurrentPlan.objects.filter(tenant_id=tenant_id).values(*FACTS).first()
    overrides = Override.objects.filter(tenant_id=tenant_id, ends_at__gt=clock.now()).order_by(
        "-starts_at", "-id"
    )
    return facts, list(overrides.values(*OVERRIDE))
