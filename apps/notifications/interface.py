"""Notifications: people hear of what happened, in their inbox and by e-mail."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError, NotFound
from apps.core.modules import implementation


class NotificationNotFound(NotFound):
    """The person's inbox has no such notification."""

    code = "notification_not_found"
    message = _("This notification is no longer in your inbox.")


class PersonRequired(ApplicationError):
    """An inbox is a person's, and a key is none."""

    code = "person_required"
    status = 403
    message = _("An inbox belongs to a person. Sign in; an API key has none.")


class Notifications(ABC):
    """Telling people. What they may be told of is declared with `apps.core.notices.declare`."""

    @abstractmethod
    def notify(
        self,
        *,
        kind: str,
        to: frozenset[UUID],
        source_id: UUID,
        values: Mapping[str, str],
        target_id: UUID | None = None,
        subject_id: UUID | None = None,
    ) -> None:
        """Tell members of the workspace in scope, each as they have chosen for the kind, and once for each source.

        :param source_id: the event's id
        :param values: for the kind's sentences
        :param subject_id: the person whom the values name; what others were told is forgotten with them
        :raises KeyError: if no module declares the kind
        :raises TransactionManagementError: if no transaction is open
        """

    @abstractmethod
    def count_unread(self) -> int:
        """Return how many unread notifications the person in scope has in the workspace in scope."""


def notifications() -> Notifications:
    """Return the configured implementation."""
    return implementation(Notifications)
