"""What the log of deliveries can be narrowed to, on its page and in the API."""

from typing import Any

import django_filters as filters  # type: ignore[import-untyped]
from django.utils.translation import gettext_lazy as _

from apps.core import webhook_events
from apps.webhooks import selectors
from apps.webhooks.models import TEST, Delivery


def _event_names() -> list[tuple[str, Any]]:
    return [*((kind.name, kind.name) for kind in webhook_events.declared()), (TEST, TEST)]


class EndpointLogFilter(filters.FilterSet):
    """Filters of one endpoint's deliveries."""

    state = filters.ChoiceFilter(choices=Delivery.State.choices, empty_label=_("Any state"), label=_("State"))
    event = filters.ChoiceFilter(
        field_name="message__event", choices=_event_names, empty_label=_("All events"), label=_("Event")
    )


class DeliveryFilter(EndpointLogFilter):
    """Filters of the deliveries to all endpoints."""

    endpoint = filters.ModelChoiceFilter(
        queryset=lambda request: selectors.endpoints(), help_text=_("The endpoint's id.")
    )
