"""What an API key looks like, and what is kept of it.

A key reads `tnk_live_<prefix>_<secret><checksum>`. Scanners that look for leaked secrets know it by its beginning, and
by the checksum without asking us: it is the CRC-32 of all before it, in base 62. The prefix finds the key's row. Of
the secret only an HMAC-SHA-256 under a pepper from the environment is kept, so a stolen table opens nothing.
"""

import hmac
import re
import secrets
import string
from zlib import crc32

from django.conf import settings
from django.utils.crypto import salted_hmac

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LENGTH, CHECKSUM_LENGTH = 43, 6  # 43 of 62 digits are 256 bits
SHAPE = re.compile(r"tnk_([a-z]+)_([a-z0-9]{12})_([A-Za-z0-9]{43})([A-Za-z0-9]{6})")


def new_prefix() -> str:
    """Return the prefix of a new key."""
    return secrets.token_hex(6)


def new_secret() -> str:
    """Return the secret of a new key, or the next one of a key that there is."""
    return "".join(secrets.choice(DIGITS) for _ in range(SECRET_LENGTH))


def written(prefix: str, secret: str) -> str:
    """Return the key as its user sends it."""
    text = f"tnk_{settings.API_KEY_KIND}_{prefix}_{secret}"
    return text + checksum(text)


def parts(presented: str) -> tuple[str, str] | None:
    """Return the prefix and the secret of a key, or None if it can't be one of ours."""
    found = SHAPE.fullmatch(presented)
    if found is None:
        return None
    kind, prefix, secret, check = found.groups()
    is_ours = kind == settings.API_KEY_KIND and check == checksum(presented[:-CHECKSUM_LENGTH])
    return (prefix, secret) if is_ours else None


def checksum(text: str) -> str:
    """Return the CRC-32 of a text in base 62, padded with zeros."""
    rest, digits = crc32(text.encode()), ""
    while rest:
        rest, digit = divmod(rest, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits.rjust(CHECKSUM_LENGTH, DIGITS[0])


def hashed(secret: str, pepper: str | None = None) -> str:
    """Return what is kept of a secret: its HMAC under the newest pepper, or a given one."""
    pepper = pepper or settings.API_KEY_PEPPERS[0]
    return salted_hmac("apps.accounts.api_key", secret, secret=pepper, algorithm="sha256").hexdigest()


def matches(secret: str, kept: str) -> bool:
    """Tell whether a secret is what a hash is kept of: under a pepper, or SECRET_KEY from before there was one."""
    peppers = (*settings.API_KEY_PEPPERS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(kept, hashed(secret, pepper)) for pepper in peppers)
