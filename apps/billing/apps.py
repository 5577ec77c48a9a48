from django.apps import AppConfig
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.core import actions, erasure, navigation, permissions
from apps.core.permissions import ADMIN, OWNER
from apps.entitlements.interface import declare_limit, keep_open, meters


class BillingConfig(AppConfig):
    name = "apps.billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from apps.billing import news, places
        from apps.billing.erasure import erase
        from apps.billing.metering import count_of

        permissions.declare("billing.manage", _("Manage plan, payments and invoices"), roles=[OWNER, ADMIN])
        _declare_actions()
        navigation.register(
            navigation.Entry(
                label=_("Billing"),
                url_name="billing:overview",
                icon="credit-card",
                group="workspace",
                order=80,
                permission="billing.manage",
            )
        )
        news.declare()
        for meter in meters():
            declare_limit(
                meter.limit, format_lazy(_("{meter} a month"), meter=meter.label), count=count_of(meter.name)
            )
        erasure.register("billing", erase)
        keep_open("billing:")
        places.fill()


def _declare_actions() -> None:
    actions.declare(
        "billing.checkout_started", _("Payment begun"), _("{actor} went to pay for the plan {after[plan]}.")
    )
    actions.declare(
        "billing.trial_started", _("Trial begun"), _("{actor} began to try the plan {after[plan]}.")
    )
    actions.declare("billing.plan_chosen", _("Plan chosen"), _("{actor} chose the plan {after[plan]}."))
    actions.declare(
        "billing.seats_changed",
        _("Seats changed"),
        _("The paid seats changed from {before[seats]} to {after[seats]}, as the members did."),
    )
    actions.declare(
        "billing.plan_changed",
        _("Plan changed"),
        _("The plan changed from {before[plan]} to {after[plan]}."),
    )
    actions.declare(
        "billing.cancelled",
        _("Plan cancelled"),
        _("The plan {after[plan]} was cancelled. It ends on {after[ends_on]}."),
    )
    actions.declare(
        "billing.resumed", _("Cancellation taken back"), _("The plan {after[plan]} goes on after all.")
    )
    actions.declare(
        "billing.collection_paused", _("Charging paused"), _("The plan {after[plan]} is not charged for now.")
    )
    actions.declare(
        "billing.collection_resumed", _("Charging resumed"), _("The plan {after[plan]} is charged again.")
    )
    actions.declare(
        "billing.payment_failed", _("Payment failed"), _("A payment for the plan {after[plan]} failed.")
    )
    actions.declare(
        "billing.payment_refunded",
        _("Payment refunded"),
        _("Of a payment of {after[paid]}, {after[refunded]} have gone back by now."),
    )
    actions.declare(
        "billing.payment_disputed",
        _("Payment disputed"),
        _("The bank wants a payment of {after[amount]} back ({after[reason]})."),
    )
    actions.declare(
        "billing.dispute_closed",
        _("Dispute closed"),
        _("The dispute over {after[amount]} is closed ({after[outcome]})."),
    )
    actions.declare(
        "billing.read_only_began",
        _("Reading only begun"),
        _("A payment for the plan {after[plan]} has been missing for too long: only reading is left."),
    )
    actions.declare(
        "billing.payment_recovered",
        _("Payment arrived"),
        _("The missing payment for the plan {after[plan]} arrived."),
    )
