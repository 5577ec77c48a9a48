"""Service tokens: one process of ours vouches for one call, in one scope, for a minute."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings

from apps.core.codec import decode, encode
from apps.core.scope import Scope

ALGORITHM = "HS256"
LIFETIME = 60  # seconds
LEEWAY = 10  # seconds that two clocks may be apart
REQUIRED = ["iss", "aud", "iat", "exp", "jti", "method", "body", "language", "scope"]


class TokenRefused(Exception):
    """The token is not ours, has run out, or was made for another call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a token is good for. `key` is the same when a call is tried again."""

    module: str
    method: str
    body: bytes
    key: UUID
    scope: Scope
    language: str


def sign(call: Call) -> str:
    """Return a token for one call, under the first of `SERVICE_SECRETS`."""
    now = int(time.time())
    claims = {
        "iss": settings.PRODUCT_SLUG,
        "aud": call.module,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": str(call.key),
        "method": call.method,
        "body": _digest(call.body),
        "language": call.language,
        "scope": encode(call.scope),
    }
    return jwt.encode(claims, settings.SERVICE_SECRETS[0], ALGORITHM)


def verify(token: str, *, module: str, method: str, body: bytes) -> Call:
    """Return the call that a token was made for, if it is this one.

    :raises TokenRefused: if it is not
    """
    claims = _claims(token, module)
    if (claims["method"], claims["body"]) != (method, _digest(body)):
        raise TokenRefused
    try:
        return Call(
            module=module,
            method=method,
            body=body,
            key=UUID(claims["jti"]),
            scope=decode(Scope, claims["scope"]),
            language=str(claims["language"]),
        )
    except (TypeError, ValueError) as error:
        raise TokenRefused from error


def _claims(token: str, module: str) -> dict[str, Any]:
    for secret in settings.SERVICE_SECRETS:
        try:
            return jwt.decode(
                token,
                secret,
                [ALGORITHM],
                audience=module,
                issuer=settings.PRODUCT_SLUG,
                leeway=LEEWAY,
                options={"require": REQUIRED},
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError as error:
            raise TokenRefused from error
    raise TokenRefused


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
