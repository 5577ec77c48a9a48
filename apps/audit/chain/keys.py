"""The keys of the seal: one signs, and those that signed before are still believed."""

import os
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

KEY_FILE = "audit-signing-key"  # in var/, where AUDIT_SIGNING_KEY is not set: development and tests


def sign(document: bytes) -> tuple[str, str]:
    """Return the id of the key that signs now, and its signature in hex."""
    key = _signing_key()
    return _id_of(key.public_key()), key.sign(document).hex()


def is_ours(document: bytes, *, kid: str, signature: str) -> bool:
    """Tell whether a signature was made with AUDIT_SIGNING_KEY, or with one of AUDIT_FORMER_KEYS."""
    try:
        _known()[kid].verify(bytes.fromhex(signature), document)
    except (KeyError, InvalidSignature, ValueError):
        return False
    return True


def public_keys() -> dict[str, str]:
    """Return the public keys by their ids, in base64, the present one first."""
    return {kid: b64encode(key.public_bytes_raw()).decode() for kid, key in _known().items()}


def _known() -> dict[str, Ed25519PublicKey]:
    present = _signing_key().public_key()
    former = (_public_key(text) for text in settings.AUDIT_FORMER_KEYS)
    return {_id_of(key): key for key in (present, *former)}


def _signing_key() -> Ed25519PrivateKey:
    return _private_key(settings.AUDIT_SIGNING_KEY or _generated())


def _id_of(key: Ed25519PublicKey) -> str:
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


@cache
def _private_key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b64decode(text))


@cache
def _public_key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(b64decode(text))


def _generated() -> str:
    """Return this machine's own key, made when it is first asked for. Production has none: see config/env.py."""
    path = Path(settings.BASE_DIR, "var", KEY_FILE)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{KEY_FILE}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(b64encode(token_bytes(32)).decode())
        try:
            os.link(draft, path)  # whole or not at all; another process may be first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
