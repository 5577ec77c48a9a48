"""Who a presented access token acts for: one round trip to Valkey, and no query while its answer is kept."""

from datetime import UTC, datetime
from uuid import UUID

from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts.interface import TokenHolder, TokenRefused
from apps.accounts.models import AuthSession
from apps.accounts.tokens.sessions import version_of
from apps.accounts.tokens.tokens import claims_of
from apps.core import answers, scope

KEPT_FOR = 60  # seconds that a token may outlive its end, if Valkey was away then


def token_authenticate(*, presented: str) -> TokenHolder:
    """Return who an access token acts for. The caller checks that they are still the member that it says.

    :raises TokenRefused: if it is not valid, or its sign-in is ended
    """
    try:
        claims = claims_of(presented)
    except TokenError as error:
        raise TokenRefused from error
    user_id, session_id = UUID(claims["sub"]), UUID(claims["sid"])
    version = answers.kept(
        f"token:{session_id}",
        version=version_of(user_id),
        read=lambda: _valid_version(user_id, session_id),
        lifetime=KEPT_FOR,
    )
    if version != claims["tv"]:
        raise TokenRefused
    return TokenHolder(
        user_id=user_id,
        session_id=session_id,
        tenant_id=UUID(claims["tid"]) if claims["tid"] else None,
        membership_version=claims["mv"],
        methods=frozenset(claims["amr"]),
        authenticated_at=datetime.fromtimestamp(claims["auth_time"], UTC),
    )


def _valid_version(user_id: UUID, session_id: UUID) -> int | None:
    """Return the version that a person's tokens must have, or None if the sign-in is ended."""
    with scope.use(tenant_id=None, user_id=user_id):
        alive = AuthSession.objects.filter(id=session_id, user_id=user_id, revoked_at=None)
        return alive.filter(user__is_active=True).values_list("user__token_version", flat=True).first()
