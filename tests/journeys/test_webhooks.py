"""An admin adds a webhook, tests it and reads its log, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.jobs.upkeep import run_due_tasks
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person
from tests.journeys.browser import Person
from tests.webhooks.conftest import receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [320, 1440])
def test_from_the_first_webhook_to_a_replay(
    somebody: Callable[..., Person], settings: Any, theme: str, width: int
) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    owner = person(name="Ana Ruiz", email="ana@acme.example")
    workspaces.workspace(name="Acme", slug="acme", owner=owner)
    hers = somebody(theme=theme, width=width)
    hers.sign_in(owner)
    with receiving(statuses=[500, 200], body=b'{"ok":true}') as receiver:
        hers.open("/w/acme/webhooks/")
        hers.sees("No webhooks yet")
        hers.check()
        hers.page.get_by_role("link", name="Add webhook").first.click()
        hers.check()
        hers.fill(url=receiver.url, description="CRM")
        hers.page.get_by_label("Member added").check()
        hers.click("Add webhook")
        hers.sees("It is shown once")
        hers.check()
        hers.click("I have copied it", role="link")
        hers.sees("Nothing was sent yet")
        hers.check()
        hers.click("Send a test")
        hers.sees("Not tried yet")
        run_due_tasks()
        hers.page.reload()
        hers.sees("webhook-signature")
        hers.check()
        hers.click("Replay")
        run_due_tasks()
        hers.page.reload()
        hers.sees('{"ok":true}')
        hers.open("/w/acme/webhooks/")
        hers.page.get_by_role("link", name=receiver.url).click()
        hers.sees("Delivered")
        hers.check()
    hers.open("/w/acme/webhooks/guide/")
    hers.sees("Verify it in Python")
    hers.check()
