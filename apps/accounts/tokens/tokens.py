"""What tokens look like: simplejwt's, with our keys, our claims, and no choice left to whoever presents one."""

import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from apps.accounts.tokens.keyring import Keyring, keyring

ALGORITHM = "ES256"
HEADERS = {"alg", "kid", "typ"}  # no key, no address of keys, nothing critical
CLAIMS = ("iss", "aud", "sub", "sid", "jti", "iat", "exp")
ACCESS_LIFETIME = timedelta(minutes=5)
IDLE_LIFETIME = timedelta(days=14)  # of a sign-in that nobody uses
ABSOLUTE_LIFETIME = timedelta(days=90)  # of a sign-in, however much it is used


class KeyringBackend(TokenBackend):
    """Signs and verifies tokens of one kind with the keys of `keyring`; it asks nobody else for keys."""

    def __init__(self, kind: str, *, claims: tuple[str, ...]) -> None:
        super().__init__(ALGORITHM, audience=f"{settings.BASE_URL}/api", issuer=settings.BASE_URL)
        self.kind = kind
        self._options: dict[str, Any] = {
            "require": [*CLAIMS, *claims],
            "verify_iat": False,  # by us, and our clocks may differ a little
        }

    def encode(self, payload: dict[str, Any]) -> str:
        key = keyring().signing
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.id, "typ": self.kind})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.keys() != HEADERS or (header["alg"], header["typ"]) != (ALGORITHM, self.kind):
                raise TokenBackendError("An unusual header.")
            if (key := keyring().find(header["kid"])) is None:
                raise TokenBackendError("An unknown key.")
            return jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                audience=self.audience,
                issuer=self.issuer,
                options=self._options,  # type: ignore[arg-type]
            )
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("Not a token of ours.") from error


class AccessToken(Token):
    """What opens the API, for minutes and for one workspace (`tid`)."""

    token_type = "access"  # noqa: S105
    lifetime = ACCESS_LIFETIME
    _backend = KeyringBackend("at+jwt", claims=("tid", "tv", "mv", "amr", "auth_time"))

    def get_token_backend(self) -> TokenBackend:
        return self._backend


class RefreshToken(Token):
    """What gets the next pair of tokens, once."""

    token_type = "refresh"  # noqa: S105
    lifetime = IDLE_LIFETIME
    _backend = KeyringBackend("rt+jwt", claims=("gen",))

    def get_token_backend(self) -> TokenBackend:
        return self._backend


def claims_of(presented: str) -> dict[str, Any]:
    """Return what an access token says. A process checks its signature once, and its end each time.

    :raises TokenError: if it is not valid
    """
    claims = _signed_claims(presented, keyring())
    if claims["exp"] <= time.time():
        raise TokenError("It has ended.")
    return claims


@lru_cache(maxsize=2_000)
def _signed_claims(presented: str, ring: Keyring) -> dict[str, Any]:
    return AccessToken(presented).payload  # type: ignore[arg-type]
