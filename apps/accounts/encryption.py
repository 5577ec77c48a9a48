"""Secrets that we must be able to read again, encrypted at rest under keys that change (MFA_KEYS)."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(text: str) -> str:
    """Encrypt under the newest key."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Return what was encrypted under any of the keys.

    :raises cryptography.fernet.InvalidToken: if none of them fits
    """
    return _keys().decrypt(encrypted).decode()


def encrypt_again(encrypted: str) -> str:
    """Return the same secret, encrypted under the newest key.

    :raises cryptography.fernet.InvalidToken: if none of the keys fits
    """
    return _keys().rotate(encrypted).decode()


def _keys() -> MultiFernet:
    return MultiFernet(
        Fernet(urlsafe_b64encode(sha256(text.encode()).digest())) for text in settings.MFA_KEYS
    )
