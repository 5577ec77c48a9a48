"""What no password may be, besides one that everybody uses."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LEAST = 8  # characters, as Django's MinimumLengthValidator


class OwnWordsValidator:
    """Refuses a password that is little more than our own name: whoever guesses begins with it."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = password.casefold()
        for word in own_words():
            rest = rest.replace(word, "")
        if len(rest) < min(LEAST, len(password)):
            raise ValidationError(self.get_help_text(), code="password_is_our_name")

    def get_help_text(self) -> str:
        return _("Leave the name of this site out of your password.")


def own_words() -> list[str]:
    """Return what a password may not lean on, the longest first: the product's name, and its host."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    words = {settings.PRODUCT_NAME.casefold(), settings.PRODUCT_SLUG, host}
    return sorted(words - {""}, key=len, reverse=True)
