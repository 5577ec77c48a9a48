"""What people are told of what they pay for; see `apps.core.notices`."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.billing.events import PaymentFailed, SubscriptionChanged, TrialEnding, UsageLimitNear
from apps.billing.models import BillingAccount
from apps.billing.offers import plan_name
from apps.core import notices, permissions, scope
from apps.core.money import formatted
from apps.core.notices import Channel, Notice
from apps.entitlements.interface import Standing, entitlements, meters
from apps.tenancy.interface import tenancy


def declare() -> None:
    """Declare the kinds."""
    notices.declare(
        "billing.usage_near",
        _("A month's allowance is nearly used"),
        about=UsageLimitNear,
        tell=_usage_near,
        title=_("{percent} % of this month's allowance are used."),
        body=_("{meter}: {used} of {included}."),
        path=_page,
        channel=Channel.MAIL,
    )
    notices.declare(
        "billing.payment_failed",
        _("A payment fails"),
        about=PaymentFailed,
        tell=_payment_failed,
        title=_("A payment of {amount} failed."),
        body=_("Check the card and pay the open invoice. From {grace_ends_at} on, work can only be read."),
        path=_page,
        channel=Channel.MAIL,
    )
    notices.declare(
        "billing.trial_ending",
        _("A trial ends soon"),
        about=TrialEnding,
        tell=_trial_ending,
        title=_("Your trial of {plan} ends on {ends_at}."),
        body=_(
            "To go on with it, add a card. Otherwise nothing is charged, and your plan is the free one again."
        ),
        path=_page,
        channel=Channel.MAIL,
    )
    notices.declare(
        "billing.plan_changed",
        _("The plan changes"),
        about=SubscriptionChanged,
        tell=_plan_changed,
        title=_("The workspace's plan is {plan} now."),
        path=_page,
    )
    notices.declare(
        "billing.read_only",
        _("A workspace can only be read, as a payment is missing"),
        about=SubscriptionChanged,
        tell=_read_only,
        title=_("Your workspace can only be read now: a payment is missing."),
        body=_("Everything is there. Pay the open invoice, and it can be changed again at once."),
        path=_page,
        channel=Channel.MAIL,
    )
    notices.declare(
        "billing.payment_recovered",
        _("A missing payment arrives"),
        about=SubscriptionChanged,
        tell=_payment_recovered,
        title=_("The missing payment has arrived. Everything works as before."),
        path=_page,
        channel=Channel.MAIL,
    )


def _usage_near(event: UsageLimitNear) -> Notice | None:
    labels = {meter.name: str(meter.label) for meter in meters()}
    return Notice(
        to=_payers(),
        values={
            "percent": str(event.percent),
            "meter": labels.get(event.meter, event.meter),
            "used": str(event.used),
            "included": str(event.included),
        },
    )


def _page(slug: str, _target_id: UUID | None) -> str:
    return reverse("billing:overview", args=[slug])


def _payment_failed(event: PaymentFailed) -> Notice | None:
    """Tell them unless it was paid meanwhile."""
    account = BillingAccount.objects.filter(id=event.account_id).first()
    if account is None or account.delinquent_since is None:
        return None
    amount, day = formatted(event.amount, event.currency), event.grace_ends_at.isoformat()
    return Notice(to=_payers(), values={"amount": amount, "grace_ends_at": day})


def _trial_ending(event: TrialEnding) -> Notice | None:
    return Notice(to=_payers(), values={"plan": plan_name(event.plan), "ends_at": event.ends_at.isoformat()})


def _plan_changed(event: SubscriptionChanged) -> Notice | None:
    if event.plan == event.former_plan:
        return None
    return Notice(to=_payers(), values={"plan": plan_name(event.plan)})


def _read_only(event: SubscriptionChanged) -> Notice | None:
    """Tell them unless it was paid meanwhile."""
    now = entitlements().get_facts(tenant_id=scope.tenant_id()).standing
    if event.standing != Standing.READ_ONLY or now is not Standing.READ_ONLY:
        return None
    return Notice(to=_payers())


def _payment_recovered(event: SubscriptionChanged) -> Notice | None:
    """Tell them when a paid plan stays as it is and its standing is whole again."""
    if not event.plan or event.plan != event.former_plan or event.standing != Standing.FULL:
        return None
    return Notice(to=_payers())


def _payers() -> frozenset[UUID]:
    """Return who may manage what the workspace in scope pays for."""
    roles = {role.key for role in permissions.roles() if "billing.manage" in role.permissions}
    members = tenancy().list_members(tenant_id=scope.tenant_id())
    return frozenset(member.user_id for member in members if member.role in roles and not member.is_suspended)
