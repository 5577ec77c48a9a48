"""What customers may be told by webhook. Modules declare it in their `webhook_events.py`; `apps.webhooks` sends it.

    declare(
        name="member.added", label=_("Member added"), group=_("Members"), event_type=MemberAdded,
        data=lambda event: {"id": event.membership_id, "person": event.user_id, "role": event.role},
    )

Names and data are a promise to customers: they outlive the event's own name and fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.codec import encode

Data = Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """One kind of news. `name` is what the customer's program sees, `group` what it is listed under."""

    name: str
    label: Any
    group: Any
    event_type: Any
    data: Data

    def data_of(self, event: Any) -> dict[str, Any]:
        """Return what is told of an event, as JSON has it."""
        return encode(self.data(event))


_declared: dict[str, WebhookEvent] = {}


def declare(*, name: str, label: Any, group: Any, event_type: Any, data: Data) -> None:
    """Let customers be told of events of a type, one name for each type.

    :param data: ids and plain facts of an event, by the names that the API has for them. `id` is what it happened to;
        where the rest is too long to send, it is sent alone
    """
    _declared[name] = WebhookEvent(name=name, label=label, group=group, event_type=event_type, data=data)


def declared() -> tuple[WebhookEvent, ...]:
    """Return every kind of news, in the order of declaration."""
    return tuple(_declared.values())
