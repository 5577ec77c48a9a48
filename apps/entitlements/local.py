"""Entitlements kept in this database."""

from uuid import UUID

from apps.core import clock
from apps.entitlements import catalogue, services
from apps.entitlements.deciding import Entitled, entitled, explained, without_feature
from apps.entitlements.interface import (
    Allowance,
    Decision,
    Entitlements,
    PlanFacts,
)
from apps.entitlements.remedy import not_included
from apps.entitlements.selectors import grants_of


class LocalEntitlements(Entitlements):
    def set_facts(self, *, tenant_id: UUID, facts: PlanFacts) -> None:
        services.facts_set(tenant_id=tenant_id, facts=facts)

    def get_facts(self, *, tenant_id: UUID) -> PlanFacts:
        return _now(tenant_id).facts

    def check(self, *, tenant_id: UUID, feature: str) -> Decision:
        if _now(tenant_id).has(feature):
            return Decision(feature=feature, is_allowed=True)
        return Decision(feature=feature, is_allowed=False, reason=without_feature(feature))

    def require(self, *, tenant_id: UUID, feature: str) -> None:
        decision = self.check(tenant_id=tenant_id, feature=feature)
        if not decision:
            raise not_included(tenant_id, decision.reason)

    def limit(self, *, tenant_id: UUID, name: str) -> Allowance:
        return _allowance(_now(tenant_id), name, tenant_id)

    def usage_of(self, *, tenant_id: UUID) -> tuple[Allowance, ...]:
        found = _now(tenant_id)
        return tuple(_allowance(found, limit.name, tenant_id) for limit in catalogue.limits() if limit.count)

    def claim(self, *, tenant_id: UUID, limit: str, amount: int = 1) -> None:
        services.claim(tenant_id=tenant_id, limit=limit, amount=amount)

    def explain(self, *, tenant_id: UUID, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        found = _now(tenant_id)
        return tuple(explained(found, name) for name in names)


def _now(tenant_id: UUID) -> Entitled:
    return entitled(grants_of(tenant_id), clock.now())


def _allowance(found: Entitled, name: str, tenant_id: UUID) -> Allowance:
    declared = catalogue.limit(name)
    return Allowance(
        name=name,
        label=str(declared.label),
        limit=found.included(name),
        used=declared.count(tenant_id) if declared.count else 0,
    )
