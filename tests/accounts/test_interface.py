"""What every implementation of `Accounts` keeps."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine

from apps.accounts.interface import Accounts, KeyRefused, Person, PersonNotFound
from apps.accounts.local import LocalAccounts
from apps.accounts.models import User
from apps.accounts.services.keys import key_create, key_revoke
from apps.core import clock, scope
from apps.core.ids import new_id
from apps.tenancy.models import Tenant

pytestmark = pytest.mark.django_db
InTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture(params=[LocalAccounts])
def accounts(request: pytest.FixtureRequest) -> Accounts:
    implementation: Accounts = request.param()
    return implementation


@pytest.fixture
def presented(tenant: Tenant, as_tenant: InTenant) -> str:
    """A key of `tenant`, as a program would send it."""
    with as_tenant(tenant):
        _key, presented = key_create(name="Nightly", role="viewer", lifetime=timedelta(days=1))
    return presented


def test_get_person(accounts: Accounts, person: User) -> None:
    assert accounts.get_person(user_id=person.id) == Person(
        id=person.id, email=person.email, name=person.name, time_zone="UTC", language="en"
    )


def test_get_person_who_is_not_there(accounts: Accounts) -> None:
    with pytest.raises(PersonNotFound):
        accounts.get_person(user_id=new_id())


def test_authenticate_key(accounts: Accounts, tenant: Tenant, presented: str) -> None:
    holder = accounts.authenticate_key(presented=presented)
    assert (holder.tenant_id, holder.name, holder.role) == (tenant.id, "Nightly", "viewer")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: key[:9] + "0" * 12 + key[21:],
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key + "\n",
        lambda key: key.upper(),
        lambda key: "x" * 100_000,
        lambda key: "tnk_\x00",
    ],
)
def test_other_keys_are_refused(accounts: Accounts, presented: str, spoil: Callable[[str], str]) -> None:
    with pytest.raises(KeyRefused):
        accounts.authenticate_key(presented=spoil(presented))


def test_a_key_that_has_run_out_is_refused(accounts: Accounts, presented: str) -> None:
    with time_machine.travel(clock.now() + timedelta(days=2)), pytest.raises(KeyRefused):
        accounts.authenticate_key(presented=presented)


def test_a_revoked_key_is_refused(
    accounts: Accounts, tenant: Tenant, presented: str, as_tenant: InTenant
) -> None:
    with as_tenant(tenant):
        key_revoke(key_id=accounts.authenticate_key(presented=presented).id)
    with pytest.raises(KeyRefused):
        accounts.authenticate_key(presented=presented)
