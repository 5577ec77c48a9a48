"""A person's notifications through the API: the contract, and that keys and others get nothing."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests.notifications.conftest import Inbox
from tests.notifications.test_inbox import notify

PATH = "/api/v1/notifications"
SignIn = Callable[[User], Client]


def get(client: Client, tenant: Tenant, path: str = PATH) -> Any:
    return client.get(path, headers={settings.WORKSPACE_HEADER: tenant.slug})


def post(client: Client, tenant: Tenant, path: str) -> Any:
    return client.post(path, headers={settings.WORKSPACE_HEADER: tenant.slug})


def test_a_person_reads_what_they_were_told(tenant: Tenant, told: User, signed_in: SignIn) -> None:
    client = signed_in(told)
    [found] = get(client, tenant).json()["results"]
    assert found.keys() == {"id", "kind", "title", "body", "target_id", "is_unread", "created_at"}
    assert (found["kind"], found["title"]) == ("members.role_changed", "Your role is now Admin.")
    assert found["created_at"].endswith("Z")
    assert get(client, tenant, f"{PATH}/{found['id']}").json() == found


def test_the_titles_are_in_the_language_that_is_asked_for(
    tenant: Tenant, told: User, signed_in: SignIn
) -> None:
    client = signed_in(told)
    headers = {settings.WORKSPACE_HEADER: tenant.slug, "Accept-Language": "de"}
    [found] = client.get(PATH, headers=headers).json()["results"]
    assert found["title"] == "Deine Rolle ist jetzt Admin."


def test_one_is_marked_as_read(tenant: Tenant, told: User, signed_in: SignIn, inbox_of: Inbox) -> None:
    notify(tenant, told)
    newest, older = inbox_of(told)
    client = signed_in(told)
    answer = post(client, tenant, f"{PATH}/{newest.id}/read")
    assert (answer.status_code, answer.json()["is_unread"]) == (200, False)
    assert ids(get(client, tenant, f"{PATH}?is_unread=true")) == [str(older.id)]
    assert ids(get(client, tenant, f"{PATH}?is_unread=false")) == [str(newest.id)]
    assert get(client, tenant, f"{PATH}?is_unread=perhaps").status_code == 400


def test_all_are_marked_as_read(tenant: Tenant, told: User, signed_in: SignIn, inbox_of: Inbox) -> None:
    notify(tenant, told)
    assert post(signed_in(told), tenant, f"{PATH}/read-all").json() == {"count": 2}
    assert [found.is_unread for found in inbox_of(told)] == [False, False]


def test_the_list_comes_in_pages(tenant: Tenant, told: User, signed_in: SignIn, inbox_of: Inbox) -> None:
    for _time in range(2):
        notify(tenant, told)
    client = signed_in(told)
    first = get(client, tenant, f"{PATH}?page_size=2")
    second = get(client, tenant, first.json()["next"])
    assert ids(first) + ids(second) == [str(found.id) for found in inbox_of(told)]


def test_a_colleague_finds_nothing(
    tenant: Tenant, told: User, member: Callable[..., User], signed_in: SignIn, inbox_of: Inbox
) -> None:
    [found] = inbox_of(told)
    colleague = signed_in(member("admin"))
    assert get(colleague, tenant, f"{PATH}/{found.id}").status_code == 404
    for unknown in (found.id, new_id(), "nothing"):
        assert post(colleague, tenant, f"{PATH}/{unknown}/read").status_code == 404
    post(colleague, tenant, f"{PATH}/read-all")
    assert inbox_of(told)[0].is_unread


def test_a_key_has_no_inbox(api_client: Client) -> None:
    for answer in (
        api_client.get(PATH),
        api_client.get(f"{PATH}/{new_id()}"),
        api_client.post(f"{PATH}/read-all"),
        api_client.post(f"{PATH}/{new_id()}/read"),
    ):
        assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "person_required")


def ids(answer: Any) -> list[str]:
    return [found["id"] for found in answer.json()["results"]]
