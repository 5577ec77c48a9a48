"""People, tokens and keys kept in this database."""

from uuid import UUID

from allauth.account.models import EmailAddress

from apps.accounts import selectors
from apps.accounts.interface import Accounts, KeyHolder, Person, PersonNotFound, TokenHolder
from apps.accounts.models import User
from apps.accounts.services.key_use import key_authenticate
from apps.accounts.tokens.authentication import token_authenticate


class LocalAccounts(Accounts):
    def get_person(self, *, user_id: UUID) -> Person:
        user = User.objects.filter(id=user_id).first()
        if user is None:
            raise PersonNotFound
        return _to_person(user)

    def list_people(self, *, user_ids: tuple[UUID, ...]) -> tuple[Person, ...]:
        return tuple(_to_person(user) for user in User.objects.filter(id__in=user_ids))

    def list_addresses(self, *, user_id: UUID) -> tuple[str, ...]:
        return (self.get_person(user_id=user_id).email, *selectors.former_addresses(user_id))

    def is_confirmed(self, *, user_id: UUID, email: str) -> bool:
        return EmailAddress.objects.filter(user_id=user_id, email=email.lower(), verified=True).exists()

    def has_second_step(self, *, user_id: UUID) -> bool:
        return selectors.has_second_step(user_id)

    def authenticate_key(self, *, presented: str) -> KeyHolder:
        key = key_authenticate(presented=presented)
        return KeyHolder(
            id=key.id,
            tenant_id=key.tenant_id,
            name=key.name,
            role=key.role,
            scopes=None if key.scopes is None else frozenset(key.scopes),
            created_by_id=key.created_by_id,
        )

    def authenticate_token(self, *, presented: str) -> TokenHolder:
        return token_authenticate(presented=presented)

    def get_key_creator(self, *, key_id: UUID) -> UUID:
        return selectors.creator_of_key(key_id)

    def count_keys(self, *, role: str) -> int:
        return selectors.usable_keys_with(role)


def _to_person(user: User) -> Person:
    return Person(
        id=user.id,
        email=user.email,
        name=user.display_name,
        time_zone=user.time_zone,
        language=user.language,
    )
