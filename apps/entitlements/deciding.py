"""What follows from plan, overrides, settings and the clock. Nothing here reads or writes."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.entitlements import catalogue
from apps.entitlements.catalogue import Plan
from apps.entitlements.interface import PlanFacts, Standing
from apps.entitlements.selectors import Grants, OverrideFacts

log = structlog.get_logger(__name__)


def present(facts: PlanFacts, now: datetime) -> PlanFacts:
    """Return what holds at a moment, with the code of the plan in force."""
    if not settings.PLANS_ARE_SOLD:
        facts = PlanFacts()
    is_over = facts.until is not None and facts.until <= now
    has_ended = facts.ends_at is not None and facts.ends_at <= now
    if has_ended or (is_over and facts.standing is not Standing.GRACE):
        facts = PlanFacts(source=facts.source)
    elif is_over:
        facts = replace(facts, standing=Standing.READ_ONLY, until=facts.ends_at)
    return replace(facts, plan=_plan(facts.plan).code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitled:
    """What a tenant has at a moment."""

    facts: PlanFacts
    plan: Plan
    grants: Grants
    now: datetime

    def override_of(self, name: str) -> OverrideFacts | None:
        return self.grants.override_of(name, self.now)

    def has(self, feature: str) -> bool:
        """Tell whether a feature may be used."""
        override = self.override_of(catalogue.feature(feature).name)
        return bool(override.value) if override else self.plan.has(feature)

    def included(self, limit: str) -> int | None:
        """Return how much there may be of something; None without a limit."""
        override = self.override_of(catalogue.limit(limit).name)
        return override.value if override else self.plan.limits.get(limit)

    def most(self, limit: str) -> int | None:
        """Return how much there may be before more is refused; None where more is charged, or nothing limits it."""
        if self.override_of(limit) is None and self.plan.charges_beyond(limit):
            return None
        return self.included(limit)


def entitled(grants: Grants, now: datetime) -> Entitled:
    """Judge at a moment what is known of a tenant."""
    facts = present(grants.facts, now)
    return Entitled(facts=facts, plan=catalogue.plan(facts.plan), grants=grants, now=now)


def without_feature(feature: str) -> str:
    """Say that a feature is missing, and which plan has it."""
    name = catalogue.feature(feature).label
    helps = next((plan for plan in _for_sale() if plan.has(feature)), None)
    said = _("Your plan doesn't include this: %(feature)s.") % {"feature": name}
    return " ".join([said, _("The plan %(plan)s does.") % {"plan": helps.name}]) if helps else said


def without_room(limit: str, *, included: int, used: int, amount: int) -> str:
    """Say that a limit is reached, and which plan has room."""
    values = {"label": catalogue.limit(limit).label, "used": used, "limit": included}
    said = _("Your plan has no room for this. %(label)s: %(used)d of %(limit)d.") % values
    helps = next((plan for plan in _for_sale() if _fits(plan, limit, used + amount)), None)
    if helps is None:
        return said
    more = helps.limits.get(limit)
    room = {"plan": helps.name, "limit": more}
    return f"{said} {_in_plan(room)}"


def _for_sale() -> list[Plan]:
    return [plan for plan in catalogue.plans() if plan.offered] if settings.PLANS_ARE_SOLD else []


def _in_plan(room: dict[str, object]) -> str:
    if room["limit"] is None:
        return _("In the plan %(plan)s there is no limit.") % room
    return _("In the plan %(plan)s it is %(limit)d.") % room


def _fits(plan: Plan, limit: str, amount: int) -> bool:
    included = plan.limits.get(limit)
    return included is None or amount <= included


def explained(found: Entitled, name: str) -> tuple[str, ...]:
    """Say what holds for a feature or a limit, and what decided it."""
    return (_answer(found, name), _decider(found, name), *_origin(found))


def _answer(found: Entitled, name: str) -> str:
    if name in {feature.name for feature in catalogue.features()}:
        values = {"feature": catalogue.feature(name).label}
        return (_("%(feature)s: yes.") if found.has(name) else _("%(feature)s: no.")) % values
    values = {"limit": catalogue.limit(name).label, "amount": found.included(name)}
    if found.included(name) is None:
        return _("%(limit)s: without a limit.") % values
    if found.most(name) is None:
        return _("%(limit)s: %(amount)d, and more is charged.") % values
    return _("%(limit)s: %(amount)d at most.") % values


def _decider(found: Entitled, name: str) -> str:
    override = found.override_of(name)
    if override is None:
        return _("The plan %(plan)s says so.") % {"plan": found.plan.name}
    return _("An override by staff says so, until %(end)s (%(reason)s).") % {
        "end": _moment(override.ends_at),
        "reason": override.reason,
    }


def _origin(found: Entitled) -> list[str]:
    if not settings.PLANS_ARE_SOLD:
        return [_("Payments are switched off, so the default plan holds.")]
    known, holds = found.grants.facts, found.facts
    said = []
    if known.source:
        said.append(_("Where the plan comes from: %(source)s.") % {"source": known.source})
    if known.plan and holds.plan != known.plan:
        said.append(_("The plan %(plan)s has ended, so the default plan holds.") % {"plan": known.plan})
    elif not known.plan:
        said.append(_("No plan was bought, so the default plan holds."))
    if holds.standing is Standing.GRACE:
        said.append(
            _("A payment is missing: from %(until)s on it can only be read.")
            % {"until": _moment(holds.until)}
        )
    elif holds.standing is Standing.READ_ONLY:
        said.append(_("A payment is missing for too long: it can only be read."))
    elif holds.until:
        said.append(_("The plan ends on %(until)s.") % {"until": _moment(holds.until)})
    return said


def _moment(when: datetime | None) -> str:
    return date_format(when, "DATETIME_FORMAT") if when else ""


def _plan(code: str) -> Plan:
    """Return a plan, or the default one if it is no longer in the list: nobody is locked out by that."""
    try:
        return catalogue.plan(code) if code else catalogue.default_plan()
    except catalogue.UnknownPlan:
        log.error("plan_unknown", plan=code)
        return catalogue.default_plan()
