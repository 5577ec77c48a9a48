"""The keys that sign tokens: a private JWK set, from TOKEN_KEYS. The first signs; all verify, and are published.

A key is added some time before it signs, so that everybody knows it, and retired when nothing it signed is valid any
more: so a change refuses no request. `manage.py token_keys` does it.
"""

import json
import os
import secrets
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from jwt import InvalidKeyError
from jwt.algorithms import ECAlgorithm

PUBLISHED_FOR = 300  # seconds that others may keep the published keys


@dataclass(frozen=True, kw_only=True)
class Key:
    """A signing key. `replaced_at` is when it last signed, 0 before."""

    id: str
    private: EllipticCurvePrivateKey
    added_at: int
    replaced_at: int = 0

    @cached_property
    def public(self) -> Any:
        return self.private.public_key()

    @cached_property
    def published(self) -> dict[str, str]:
        """The public half, as a JWK."""
        parts = ECAlgorithm.to_jwk(self.public, as_dict=True)
        return {**parts, "kid": self.id, "alg": "ES256", "use": "sig"}

    @cached_property
    def kept(self) -> dict[str, Any]:
        """The whole key, as a JWK with its times."""
        parts = ECAlgorithm.to_jwk(self.private, as_dict=True)
        return {**parts, "kid": self.id, "added_at": self.added_at, "replaced_at": self.replaced_at}


@dataclass(frozen=True, slots=True)
class Keyring:
    """Some keys, the signing one first."""

    keys: tuple[Key, ...] = ()

    @property
    def signing(self) -> Key:
        return self.keys[0]

    def find(self, key_id: str) -> Key | None:
        return next((key for key in self.keys if key.id == key_id), None)

    def with_new(self) -> "Keyring":
        """Return a ring that knows one key more. It does not sign yet, unless it is the only one."""
        key = Key(
            id=secrets.token_hex(8), private=generate_private_key(SECP256R1()), added_at=int(time.time())
        )
        return Keyring((*self.keys, key))

    def signing_with(self, key: Key) -> "Keyring":
        """Return a ring that signs with one of its keys."""
        former = (replace(self.signing, replaced_at=int(time.time())),) if key != self.signing else ()
        rest = (other for other in self.keys if other not in (key, self.signing))
        return Keyring((key, *former, *rest))

    def without(self, key: Key) -> "Keyring":
        return Keyring(tuple(other for other in self.keys if other != key))

    @property
    def text(self) -> str:
        """What TOKEN_KEYS, or the file that it names, says."""
        return json.dumps({"keys": [key.kept for key in self.keys]})


_read: tuple[Any, Keyring] = (None, Keyring())


def keyring() -> Keyring:
    """Return the present keys. A file that has changed is read again, so nothing needs to be restarted."""
    global _read
    named = settings.TOKEN_KEYS
    stamp = (named, _changed_at(named))
    if _read[0] != stamp:
        _read = (stamp, _parse(Path(named).read_text() if is_file(named) else named))
    return _read[1]


def is_file(named: str) -> bool:
    """Tell whether TOKEN_KEYS names a file, rather than being the keys themselves."""
    return bool(named) and not named.startswith("{")


def save(ring: Keyring, file: Path) -> None:
    """Put keys into a file, all at once, that nobody else may read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(ring.text)
    draft.replace(file)


def _changed_at(named: str) -> int:
    if not is_file(named):
        return 0
    try:
        return os.stat(named).st_mtime_ns
    except FileNotFoundError:
        if not settings.MAKE_TOKEN_KEYS:
            raise ImproperlyConfigured(
                f"TOKEN_KEYS names {named}, which is not there. Make it with `manage.py token_keys add`."
            ) from None
        save(Keyring().with_new(), Path(named))
        return os.stat(named).st_mtime_ns


def _parse(text: str) -> Keyring:
    if not text:
        return Keyring()
    try:
        return Keyring(tuple(_key(parts) for parts in json.loads(text)["keys"]))
    except (ValueError, KeyError, TypeError, InvalidKeyError) as error:
        raise ImproperlyConfigured(
            "TOKEN_KEYS is no set of keys. Make one with `manage.py token_keys add`."
        ) from error


def _key(parts: dict[str, Any]) -> Key:
    private = ECAlgorithm.from_jwk(parts)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise TypeError("a public key")
    return Key(
        id=parts["kid"],
        private=private,
        added_at=parts["added_at"],
        replaced_at=parts["replaced_at"],
    )
