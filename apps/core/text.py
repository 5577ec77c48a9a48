"""Text that people type: names on one line that look like what they are."""

import unicodedata

from django.utils.translation import gettext as _

from apps.core.errors import Invalid

#: Characters that show nothing, though Unicode counts them as letters or symbols.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
#: They join letters of some scripts, and the parts of an emoji.
JOINERS = frozenset("\u200c\u200d")


def clean_name(text: str, *, longest: int, empty: str, field: str = "name") -> str:
    """Return a name with single spaces, in one form of Unicode.

    :param longest: characters that fit
    :param empty: what to say where there is none
    :raises Invalid: if it is empty, too long, or holds a character that nobody sees
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise Invalid(fields={field: [empty]})
    if len(name) > longest:
        raise Invalid(fields={field: [_("Keep it to %(longest)s characters.") % {"longest": longest}]})
    if has_invisible(name):
        raise Invalid(fields={field: [_("It holds a character that nobody can see. Type it again.")]})
    return name


def has_invisible(text: str) -> bool:
    """Tell whether a text holds control characters, direction marks or other characters that show nothing."""
    return any(_is_invisible(text, position) for position in range(len(text)))


def _is_invisible(text: str, position: int) -> bool:
    character = text[position]
    if character in JOINERS:
        return not (_can_be_joined(text[:position][-1:]) and _can_be_joined(text[position + 1 :][:1]))
    return character in BLANKS or unicodedata.category(character) in (
        "Cc",
        "Cf",
        "Cn",
        "Co",
        "Cs",
        "Zl",
        "Zp",
    )


def _can_be_joined(character: str) -> bool:
    return character > "\x7f" and unicodedata.category(character)[0] in "LMS"


def mask_address(email: str) -> str:
    """Return an address that its owner knows again and nobody else can use: li•••@example.com."""
    name, _at, domain = email.partition("@")
    return f"{name[: 2 if len(name) > 3 else 1]}•••@{domain}"
