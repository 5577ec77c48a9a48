"""Entitlements: what a workspace may use, and how much of it. Works with billing off."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core import scope
from apps.core.errors import ApplicationError
from apps.core.modules import implementation
from apps.entitlements.catalogue import (
    EVERY_FEATURE,
    Feature,
    Interval,
    Kind,
    Limit,
    Meter,
    Plan,
    Price,
    UnknownPlan,
    declare_feature,
    declare_limit,
    default_plan,
    feature,
    features,
    limit,
    limits,
    meter,
    meters,
    plan,
    plan_of_price,
    plans,
)
from apps.entitlements.read_only import keep_open

__all__ = [
    "EVERY_FEATURE",
    "Allowance",
    "Decision",
    "Entitlements",
    "Feature",
    "FeatureNotIncluded",
    "Interval",
    "Kind",
    "Limit",
    "LimitReached",
    "Meter",
    "PaymentRequired",
    "Plan",
    "PlanFacts",
    "Price",
    "Standing",
    "UnknownPlan",
    "WorkspaceIsReadOnly",
    "declare_feature",
    "declare_limit",
    "default_plan",
    "entitlements",
    "feature",
    "features",
    "keep_open",
    "limit",
    "limits",
    "meter",
    "meters",
    "plan",
    "plan_of_price",
    "plans",
    "requires_feature",
]

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Standing(StrEnum):
    """How far a plan may be used: wholly, wholly though a payment is missing, or for reading alone."""

    FULL = "full"
    GRACE = "grace"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """The plan of a workspace, as billing or staff know it. What follows from the dates needs no further news.

    :param plan: a plan's code; empty for the default plan
    :param until: when the standing ends: grace turns into reading only, anything else into the default plan
    :param ends_at: when the plan itself ends, if that is known; grace may end sooner
    :param source: where this comes from, in words for staff, such as a subscription, its price and the last event
    """

    plan: str = ""
    standing: Standing = Standing.FULL
    until: datetime | None = None
    ends_at: datetime | None = None
    trial_end: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a feature may be used, and if not, why. True or false by itself."""

    feature: str
    is_allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.is_allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much of something a workspace may use, and uses. Without a limit, `limit` and `left` are None."""

    name: str
    label: str
    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        """How much more fits; never below zero, also where a smaller plan holds than the one it was used under."""
        return None if self.limit is None else max(self.limit - self.used, 0)

    @property
    def percent(self) -> int:
        """How much of the limit is used, rounded down; 0 without a limit."""
        if self.limit is None:
            return 0
        return self.used * 100 // self.limit if self.limit else 100

    @property
    def is_near(self) -> bool:
        """Whether it is time to say something: four fifths are used."""
        return self.limit is not None and self.percent >= 80

    @property
    def is_reached(self) -> bool:
        """Whether nothing more fits."""
        return self.left == 0


class PaymentRequired(ApplicationError):
    """A bigger plan, or a payment, is needed. The message says which."""

    code = "payment_required"
    status = 402
    page = "errors/402.html"
    message = _("Your plan doesn't include this.")

    def __init__(self, message: str | None = None, *, remedy_url: str = "") -> None:
        self.remedy_url = remedy_url
        super().__init__(message)


class FeatureNotIncluded(PaymentRequired):
    """The plan does not include a feature."""

    code = "feature_not_included"


class LimitReached(PaymentRequired):
    """As much is used as the plan includes."""

    code = "limit_reached"


class WorkspaceIsReadOnly(PaymentRequired):
    """A payment has been missing for longer than the time of grace."""

    code = "workspace_read_only"
    message = _("A payment is missing, so this workspace can only be read until it arrives.")


class Entitlements(ABC):
    """Questions about the plan of a tenant. The scope must be that tenant's, or the platform's."""

    @abstractmethod
    def set_facts(self, *, tenant_id: UUID, facts: PlanFacts) -> None:
        """Note which plan a tenant has from now on."""

    @abstractmethod
    def get_facts(self, *, tenant_id: UUID) -> PlanFacts:
        """Return what holds now: `plan` is the code of the plan in force, never empty."""

    @abstractmethod
    def check(self, *, tenant_id: UUID, feature: str) -> Decision:
        """Tell whether a tenant may use a feature. No query when warm.

        :raises KeyError: if no module declares the feature
        """

    @abstractmethod
    def require(self, *, tenant_id: UUID, feature: str) -> None:
        """Demand a feature.

        :raises FeatureNotIncluded: if the tenant may not use it
        :raises KeyError: if no module declares the feature
        """

    @abstractmethod
    def limit(self, *, tenant_id: UUID, name: str) -> Allowance:
        """Return how much of something a tenant may use, and uses. It is counted anew.

        :raises KeyError: if no module declares the limit
        """

    @abstractmethod
    def usage_of(self, *, tenant_id: UUID) -> tuple[Allowance, ...]:
        """Return every limit that is counted, with what is used of it."""

    @abstractmethod
    def claim(self, *, tenant_id: UUID, limit: str, amount: int = 1) -> None:
        """Make sure that so much more fits, before it is added in the same transaction. Parallel claims wait for it.

        :raises LimitReached: if it does not fit
        :raises WorkspaceIsReadOnly: if the tenant's work can only be read
        :raises TransactionManagementError: if no transaction is open
        :raises KeyError: if no module declares the limit
        """

    @abstractmethod
    def explain(self, *, tenant_id: UUID, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Return for each feature or limit sentences that say what holds, what decided it, and whence the plan is.

        What comes third and later is the same for all.

        :raises KeyError: if no module declares one of them
        """


def entitlements() -> Entitlements:
    """Return the configured implementation."""
    return implementation(Entitlements)


def requires_feature(name: str) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Decorate a view, a method of an API view or a service: it answers 402 where the plan lacks a feature."""

    def decorate(view: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        @wraps(view)
        def demanding(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
            entitlements().require(tenant_id=scope.tenant_id(), feature=name)
            return view(*args, **kwargs)

        return demanding

    return decorate
