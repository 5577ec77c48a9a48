"""What people are told of. Modules declare the kinds in `apps.py`; the module notifications tells the people.

notices.declare(
    "members.role_changed",
    _("Your role changed"),
    about=MemberRoleChanged,
    tell=role_changed,
    title=_("Your role is now {role}."),
    path=lambda slug, target_id: reverse("tenancy:members", args=[slug]),
)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import permissions
from apps.core.subscriptions import subscribe


class Channel(TextChoices):
    """How a person is told."""

    INBOX = "inbox", _("Inbox only")
    MAIL = "mail", _("Inbox and e-mail, at once")
    DIGEST = "digest", _("Inbox and e-mail, once a day")
    OFF = "off", _("Not at all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Who is to hear of an event, and the values of the sentences.

    `subject_id` is the person whom the values name, if they name one: it is forgotten with them.

    A role or permission is given by its key, and a time, whose name ends in `_at`, as `isoformat()` writes it: the
    sentences say them in the reader's language and time zone.
    """

    to: frozenset[UUID]
    values: Mapping[str, str] = field(default_factory=dict)
    target_id: UUID | None = None
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something people may be told of, and choose how."""

    name: str
    label: Any
    about: Any
    tell: Callable[[Any], Notice | None]
    title: Any
    body: Any
    path: Callable[[str, UUID | None], str]
    channel: Channel

    def title_with(self, values: Mapping[str, str]) -> str:
        """Return the title in the present language."""
        return str(self.title).format_map(_in_words(values))

    def body_with(self, values: Mapping[str, str]) -> str:
        """Return the second sentence in the present language; often empty."""
        return str(self.body).format_map(_in_words(values)).strip()


class _Values(dict[str, Any]):
    """A value that a notice of earlier days does not have reads as a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def _in_words(values: Mapping[str, str]) -> _Values:
    said = _Values(permissions.in_words(values))
    for name in [name for name in values if name.endswith("_at")]:
        moment = timezone.localtime(datetime.fromisoformat(values[name]))
        said[name] = date_format(moment, gettext("j F Y"))
    return said


Teller = Callable[[Kind, Any], None]

_declared: dict[str, Kind] = {}
_tellers: list[Teller] = []


def declare(
    name: str,
    label: Any,
    *,
    about: Any,
    tell: Callable[[Any], Notice | None],
    title: Any,
    path: Callable[[str, UUID | None], str],
    body: Any = "",
    channel: Channel = Channel.INBOX,
) -> None:
    """Declare a kind such as `members.added`.

    :param label: for the preferences, “Somebody joins”
    :param about: the type of the events
    :param tell: returns who hears of an event; runs in the event's workspace, where `scope.current().cause` says who
        did it
    :param title: “{person} joined as {role}.”
    :param path: returns the page that it is about, of the workspace's slug and the notice's target
    :param channel: holds for who chose none
    """
    kind = Kind(
        name=name, label=label, about=about, tell=tell, title=title, body=body, path=path, channel=channel
    )
    _declared[name] = kind
    subscribe(about, f"notifications.{name}", lambda event: _told(kind, event))


def find(name: str) -> Kind | None:
    """Return a declared kind, or None if no module declares it any more."""
    return _declared.get(name)


def declared() -> tuple[Kind, ...]:
    """Return every declared kind, by name."""
    return tuple(_declared[name] for name in sorted(_declared))


def told_by(teller: Teller) -> None:
    """Have `teller` called with each event that somebody may hear of."""
    _tellers.append(teller)


def _told(kind: Kind, event: Any) -> None:
    for teller in _tellers:
        teller(kind, event)
