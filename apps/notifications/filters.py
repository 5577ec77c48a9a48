"""What an inbox can be narrowed to in the API."""

import django_filters as filters  # type: ignore[import-untyped]


class NotificationFilter(filters.FilterSet):
    """Filters of one's notifications."""

    is_unread = filters.TypedChoiceFilter(
        choices=[("true", "true"), ("false", "false")], coerce=lambda given: given == "true"
    )
