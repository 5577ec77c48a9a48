"""Radar: what a workspace's competitors do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, NotFound
from apps.core.modules import implementation


@dataclass(frozen=True, slots=True, kw_only=True)
class Competitor:
    """A company that the workspace keeps an eye on."""

    id: UUID
    name: str
    website: str
    notes: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something a competitor did. `importance` is 1 (low), 2 or 3 (high)."""

    id: UUID
    competitor_id: UUID
    title: str
    source_url: str
    kind: str
    importance: int
    seen_at: datetime


class CompetitorNotFound(NotFound):
    """The workspace has no such competitor, or it was deleted."""

    code = "competitor_not_found"
    message = _("We can't find this competitor. It may have been deleted.")


class SignalNotFound(NotFound):
    """The workspace has no such signal, or it was deleted."""

    code = "signal_not_found"
    message = _("We can't find this signal. It may have been deleted.")


class AttributeNotFound(NotFound):
    """The workspace has no such attribute, or it was deleted."""

    code = "attribute_not_found"
    message = _("We can't find this attribute. It may have been deleted.")


class AttributeExists(Conflict):
    """Two attributes of a workspace can't have the same name."""

    code = "attribute_exists"
    message = _("There is an attribute of this name.")


class CompetitorExists(Conflict):
    """Two competitors of a workspace can't have the same name."""

    code = "competitor_exists"
    message = _("You already track a competitor of this name.")


class SavedFilterExists(Conflict):
    """Two filters that the same people see can't have the same name."""

    code = "saved_filter_exists"
    message = _("There is a filter of this name already.")


class CompetitorGone(Conflict):
    """A signal can't come back without its competitor."""

    code = "competitor_gone"
    message = _("The competitor of this signal was deleted, so the signal can't come back alone.")


class Radar(ABC):
    """What other modules may ask of the radar of the tenant in scope."""

    @abstractmethod
    def get_competitor(self, *, competitor_id: UUID) -> Competitor:
        """Return a competitor.

        :raises CompetitorNotFound: if there is none
        """

    @abstractmethod
    def list_signals(self, *, since: datetime, limit: int = 100) -> tuple[Signal, ...]:
        """Return up to `limit` signals that were seen at or after a time, newest first."""

    @abstractmethod
    def add_signal(
        self,
        *,
        competitor_id: UUID,
        title: str,
        kind: str,
        source_url: str = "",
        importance: int = 2,
        seen_at: datetime | None = None,
    ) -> Signal:
        """Add a signal.

        :param kind: price, product, hiring, funding or press
        :param seen_at: now when left out
        :raises PermissionDenied: if the actor may not write
        :raises Invalid: naming the fields that break a rule
        """


def radar() -> Radar:
    """Return the configured implementation."""
    return implementation(Radar)
