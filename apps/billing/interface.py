"""Billing: counting what is used, and what can go wrong when a workspace buys a plan."""

from abc import ABC, abstractmethod
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError, Conflict, Invalid
from apps.core.modules import implementation


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


class CardDeclined(Conflict):
    """The bank refused what a change costs, which therefore was not made."""

    code = "card_declined"
    message = _("The card was declined. Nothing was changed.")


class TrialUsed(Conflict):
    """A workspace tries a plan once."""

    code = "trial_used"
    message = _("This workspace has had its trial. Choose a plan to go on.")


class TrialRunning(Conflict):
    """What can't be tried is not had in the trial of another plan either: it is paid at once, which needs a card."""

    code = "trial_running"
    message = _("This plan has no free trial. Add a card first, then change to it.")


class PlanEnds(Conflict):
    """A cancelled plan is resumed before it is changed: another would be paid for, and end all the same."""

    code = "plan_ends"
    message = _("Your plan is cancelled. Resume it first, then change it.")


class PreviewOutdated(Conflict):
    """What a change costs was reckoned too long ago."""

    code = "preview_outdated"
    message = _("What it costs may have changed meanwhile. Look at it once more.")


class PlanNotOffered(Invalid):
    """The plan, or paying for it in this way, is not for sale."""

    code = "plan_not_offered"
    message = _("This plan can't be bought. Choose one of the others.")


class Usage(ABC):
    """Counting what workspaces use of the meters in `settings.PLANS`."""

    @abstractmethod
    def record(
        self, *, tenant_id: UUID, meter: str, quantity: int, identifier: str, at: datetime | None = None
    ) -> None:
        """Count usage in the caller's transaction, once for each identifier of a meter however often it is told.

        :param identifier: names what was used within the tenant, such as the id of the answer that cost the credits
        :param at: when it was used, if that was not now; it counts in the period of then
        :raises LimitReached: if the plan does not include so much, and has no price for more
        :raises WorkspaceIsReadOnly: if the tenant's work can only be read
        :raises TransactionManagementError: if no transaction is open
        :raises KeyError: if there is no such meter
        """


def usage() -> Usage:
    """Return the configured implementation."""
    return implementation(Usage)
