"""Billing: what can go wrong when a workspace buys a plan."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError, Conflict, Invalid


class BillingIsOff(ApplicationError):
    """No payment provider is configured."""

    code = "billing_off"
    status = 404
    message = _("Nothing can be bought here: payments are switched off.")


class AlreadySubscribed(Conflict):
    """The workspace has a subscription; it is changed, and not bought a second time."""

    code = "already_subscribed"
    message = _("This workspace has a plan already. Change it instead.")


class NotSubscribed(Conflict):
    """There is nothing to change."""

    code = "not_subscribed"
    message = _("This workspace has no paid plan.")


class PaymentMissing(Conflict):
    """A plan whose payment is missing can't be exchanged."""

    code = "payment_missing"
    message = _("A payment is missing. Pay the open invoice first, then change the plan.")


class TrialUsed(Conflict):
    """A workspace tries a plan once."""

    code = "trial_used"
    message = _("This workspace has had its trial. Choose a plan to go on.")


class PreviewOutdated(Conflict):
    """What a change costs was reckoned too long ago."""

    code = "preview_outdated"
    message = _("What it costs may have changed meanwhile. Look at it once more.")


class PlanNotOffered(Invalid):
    """The plan, or paying for it in this way, is not for sale."""

    code = "plan_not_offered"
    message = _("This plan can't be bought. Choose one of the others.")
