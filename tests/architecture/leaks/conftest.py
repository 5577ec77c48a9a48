"""The leak test's stage: two workspaces of the same story, and those who have no business in the victim's."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.middleware import SEEN_KEY
from apps.accounts.models import User
from apps.core import step_up
from tests.architecture.leaks.attack import Siege
from tests.architecture.leaks.holdings import Holdings, fingerprint
from tests.architecture.leaks.story import Told, tell
from tests.factories import accounts as people

VICTIM, ATTACKER = "kq7vict", "mz4mall"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A browser; of somebody who signed in a moment ago, unless they are nobody."""

    name: str
    slug: str = ""
    session: str = ""

    def browser(self) -> Client:
        client = Client(raise_request_exception=False)
        if self.session:
            client.cookies["sessionid"] = self.session
        return client


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program with an API key."""

    name: str
    slug: str
    key: str

    def browser(self) -> Client:
        return Client(raise_request_exception=False, headers={"authorization": f"Bearer {self.key}"})


@pytest.fixture(scope="module")
def siege(django_db_setup: None, django_db_blocker: Any) -> Iterator[Siege]:
    """The two workspaces. One transaction holds them for all tests of a file, and is rolled back."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with django_db_blocker.unblock(), block:
        told, told_to_attacker = tell("kestrel-works", VICTIM), tell("magpie-works", ATTACKER)
        owner = _owner_of(told)
        victim, own = Holdings(told), Holdings(told_to_attacker)
        secrets = {text: origin for text, origin in victim.texts.items() if text not in own.texts}
        secrets[VICTIM] = "its mark"
        yield Siege(victim=victim, victims_owner=owner, own=own, before=fingerprint(victim), secrets=secrets)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def attackers(siege: Siege) -> list[Person | Program]:
    """Everybody who tries."""
    told = siege.own.told
    return [
        Person(name="the owner of another workspace", slug=told.tenant.slug, session=_session(told.owner)),
        Program(name="another workspace's API key", slug=told.tenant.slug, key=told.secrets["the API key"]),
        Person(name="a member of nothing", session=_session(people.person(name="Nemo"))),
        Person(name="nobody"),
    ]


def _owner_of(told: Told) -> Person:
    session = _session(told.owner)
    return Person(name=f"the owner of {told.tenant.slug}", slug=told.tenant.slug, session=session)


def _session(user: User) -> str:
    """Sign somebody in, so lately that no page asks for their password again, or notes that they came."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[step_up.KEY] = session[SEEN_KEY] = int(time.time()) + 3600  # a long run
    session.save()
    return str(client.cookies["sessionid"].value)
