"""What people say about themselves."""

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.services.acts import act_record
from apps.core.errors import Invalid
from apps.core.text import clean_name


def profile_update(*, user_id: UUID, **changes: str) -> User:
    """Change a person's `name`, `time_zone`, `language` or `theme`; what is left out stays.

    :raises Invalid: if a value is not acceptable
    """
    changes = _checked(changes)
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        before = {name: getattr(user, name) for name in changes}
        changed = {name: value for name, value in changes.items() if value != before[name]}
        if not changed:
            return user
        for name, value in changed.items():
            setattr(user, name, value)
        user.save(update_fields=list(changed))
        act_record(
            action="account.profile_changed",
            user=user,
            before={name: before[name] for name in changed},
            after=changed,
        )
    return user


def _checked(changes: dict[str, str]) -> dict[str, str]:
    errors: dict[str, list[str]] = {}
    if "name" in changes:
        try:
            empty = _("Enter a name of up to 120 characters.")
            changes = changes | {"name": clean_name(changes["name"], longest=120, empty=empty)}
        except Invalid as error:
            errors |= error.fields
    rules: dict[str, tuple[Any, str]] = {
        "time_zone": (available_timezones().__contains__, _("Choose one of the time zones.")),
        "language": (dict(settings.LANGUAGES).__contains__, _("Choose one of the languages.")),
        "theme": (User.Theme.values.__contains__, _("Choose one of the themes.")),
    }
    for name, (is_known, message) in rules.items():
        if name in changes and not is_known(changes[name]):
            errors[name] = [message]
    if errors:
        raise Invalid(fields=errors)
    return changes
