"""What a line of the log carries."""

import logging
from collections.abc import Callable

import pytest
from django.test import Client
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.testing import capture_logs

from apps.accounts.models import User
from apps.core import scope
from apps.core.ids import new_id
from apps.core.logs import _renderers, add_scope, mask_secrets
from apps.tenancy.models import Tenant


def test_a_line_carries_request_tenant_and_actor() -> None:
    tenant_id, user_id = new_id(), new_id()
    actor = scope.Actor(kind="person", id=user_id, label="Ana Ruiz")

    with scope.use(tenant_id=tenant_id, actor=actor, request_id="a-request"):
        line = add_scope(None, "", {"event": "something"})

    assert line == {
        "event": "something",
        "request_id": "a-request",
        "tenant_id": str(tenant_id),
        "actor": f"person:{user_id}",
    }


def test_a_request_is_noted_in_its_scope_and_without_what_its_address_carries(
    tenant: Tenant,
    member: Callable[..., User],
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[scope.Scope] = []
    monkeypatch.setattr(
        "apps.core.http.access_log.log.info", lambda *_, **__: seen.append(scope.current()), raising=False
    )
    signed_in(member()).get(f"/w/{tenant.slug}/members/")

    assert [(now.tenant_id, now.actor.kind) for now in seen] == [(tenant.id, "person")]


@pytest.mark.django_db
def test_an_addresss_secret_is_not_noted(client: Client) -> None:
    with capture_logs() as lines:
        client.get("/invitations/a-secret-token/")

    assert any(line["event"] == "request.answered" for line in lines)
    assert "a-secret-token" not in str(lines)


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        ("/invitations/s3cret/", "/invitations/***/"),
        ("/account/confirm-email/Mg:s3c:ret/", "/account/confirm-email/***/"),
        ("/account/confirm-email/Mg%3As3cret/", "/account/confirm-email/***/"),
        ("/account/password/reset/key/2-s3cret/", "/account/password/reset/key/***/"),
        ("/account/login/?next=%2Finvitations%2Fs3cret%2F", "/account/login/?next=%2Finvitations%2F***%2F"),
        ("/w/northwind/competitors/?page=2", "/w/northwind/competitors/?page=2"),
    ],
)
def test_a_line_that_quotes_an_address_hides_its_secret(path: str, masked: str) -> None:
    line = mask_secrets(None, "", f'"GET {path} HTTP/1.1" 200 512')

    assert line == f'"GET {masked} HTTP/1.1" 200 512'


SECRETS = {
    "an API key": (f"tnk_{'0' * 12}_", "s3cret-43-characters"),
    "a key of Stripe's": ("sk_live_", "s3cret"),
    "the secret of an endpoint": ("whsec_", "s3cret/+="),
    "a header": ("Authorization: Bearer ", "s3cret.s3cret=="),
    "a signed token": ("", "eyJhbGciOi.s3cret.s3cret-s3cret"),
    "a database": ("connection to postgresql://tenon:", "s3cret@db.internal/tenon failed"),
    "Valkey": ("redis://:", "s3cret@valkey.internal:6379/0"),
}


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_no_part_of_a_line_shows_a_secret(secret: tuple[str, str], form: str) -> None:
    said = "".join(secret)
    processors = [ProcessorFormatter.remove_processors_meta, *_renderers(form), mask_secrets]
    try:
        raise ValueError(said)
    except ValueError as error:
        record = logging.makeLogRecord(
            {"msg": f"It failed: {said}", "exc_info": (ValueError, error, error.__traceback__), "url": said}
        )

    written = ProcessorFormatter(processors=processors, foreign_pre_chain=[ExtraAdder()]).format(record)

    assert written.count("***") >= 3
    assert "s3cret" not in written


def ours() -> logging.Formatter:
    formatters = (handler.formatter for handler in logging.getLogger().handlers)
    return next(formatter for formatter in formatters if isinstance(formatter, ProcessorFormatter))


def test_celery_tells_of_what_is_wrong_and_not_of_every_task() -> None:
    for name in ("celery.worker.strategy", "celery.app.trace"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).isEnabledFor(logging.WARNING)


def test_runserver_adds_no_second_line_to_what_went_well() -> None:
    assert not logging.getLogger("django.server").isEnabledFor(logging.INFO)
    assert logging.getLogger("django.server").isEnabledFor(logging.WARNING)


def test_what_runserver_logs_is_masked() -> None:
    record = logging.makeLogRecord(
        {"name": "django.server", "msg": '"%s" %s', "args": ("GET /invitations/s3cret/ HTTP/1.1", 200)}
    )

    written = ours().format(record)

    assert "/invitations/***/" in written
    assert "s3cret" not in written


def test_a_traceback_shows_lines_and_no_values() -> None:
    password = "-".join(["correct", "horse"])
    try:
        raise ValueError(len(password))
    except ValueError as error:
        record = logging.makeLogRecord(
            {"msg": "It failed.", "exc_info": (ValueError, error, error.__traceback__)}
        )

    written = ours().format(record)

    assert "raise ValueError(len(password))" in written
    assert "correct-horse" not in written
