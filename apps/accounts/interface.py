"""Accounts: people, the tokens of their apps, and the API keys of workspaces."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError, Conflict, NotAuthenticated, NotFound
from apps.core.modules import implementation


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person, as other modules know them."""

    id: UUID
    email: str
    name: str
    time_zone: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """Who an API key acts for in one workspace: a role, or without one the member who made it.

    In both cases it may do what its creator may do at the moment, and no more than `scopes` if there are some.
    """

    id: UUID
    tenant_id: UUID
    name: str
    role: str
    scopes: frozenset[str] | None = None
    created_by_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenHolder:
    """Who an access token acts for: a person, in one workspace or in none yet.

    `membership_version` is what it says about the membership; see `apps.tenancy.interface.Place`. `methods` are how
    the person has shown who they are, as RFC 8176 names it.
    """

    user_id: UUID
    session_id: UUID
    tenant_id: UUID | None
    membership_version: str
    methods: frozenset[str]
    authenticated_at: datetime


class PersonNotFound(NotFound):
    """There is no such person."""

    code = "person_not_found"
    message = _("There is no such person.")


class SoleOwner(Conflict):
    """A workspace has no other owner: it must get one, or be deleted, before this one can go."""

    code = "sole_owner"
    message = _("You are the only owner of a workspace. Give it another owner or delete it first.")


class DataGone(NotFound):
    """A person's data was fetched, or its time is over, or it is not there yet. It is gathered anew when asked for."""

    code = "data_gone"
    status = 410
    page = "errors/data_gone.html"
    message = _("This file is gone. It could be downloaded once, within a day.")


class KeyRefused(NotAuthenticated):
    """The key is unknown, revoked or has run out. Which of these is not said."""

    code = "key_refused"
    message = _("This API key is not valid. Create a new one in the workspace's settings.")


class AddressRefused(ApplicationError):
    """The key may not be used from where the request comes from."""

    code = "address_not_allowed"
    status = 403
    message = _("This API key may not be used from your network address.")


class TokenRefused(NotAuthenticated):
    """The token is not valid, or no longer. Why is not said."""

    code = "token_refused"
    message = _("This token is not valid. Refresh it, or sign in again.")
    challenge = 'Bearer error="invalid_token"'


class Accounts(ABC):
    """Questions about people, tokens and keys."""

    @abstractmethod
    def get_person(self, *, user_id: UUID) -> Person:
        """Return a person.

        :raises PersonNotFound: if there is none
        """

    @abstractmethod
    def list_people(self, *, user_ids: tuple[UUID, ...]) -> tuple[Person, ...]:
        """Return those of some people that there are, in no order."""

    @abstractmethod
    def list_addresses(self, *, user_id: UUID) -> tuple[str, ...]:
        """Return a person's address and those they had before, without what is somebody else's by now.

        :raises PersonNotFound: if there is none
        """

    @abstractmethod
    def is_confirmed(self, *, user_id: UUID, email: str) -> bool:
        """Tell whether a person has shown that an address is theirs."""

    @abstractmethod
    def has_second_step(self, *, user_id: UUID) -> bool:
        """Tell whether a person's password alone doesn't let them in."""

    @abstractmethod
    def authenticate_key(self, *, presented: str) -> KeyHolder:
        """Return who a presented API key acts for. The caller checks that its creator is still a member.

        :raises KeyRefused: if it is not a usable key
        :raises AddressRefused: if it may not be used from the address in scope
        """

    @abstractmethod
    def authenticate_token(self, *, presented: str) -> TokenHolder:
        """Return who a presented access token acts for. The caller checks that they are still the member it says.

        :raises TokenRefused: if it is not valid, or its sign-in is ended
        """

    @abstractmethod
    def get_key_creator(self, *, key_id: UUID) -> UUID:
        """Return the person who made an API key of the workspace in scope.

        :raises NotFound: if there is no such key
        """

    @abstractmethod
    def count_keys(self, *, role: str) -> int:
        """Return how many usable API keys of the workspace in scope have a role."""


def accounts() -> Accounts:
    """Return the configured implementation."""
    return implementation(Accounts)
