"""From an event to the customer's server: signed, tried again, given up, sent again."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from standardwebhooks.webhooks import WebhookVerificationError

from apps.core import clock, outgoing
from apps.core.errors import Invalid
from apps.core.outgoing import circuit
from apps.core.webhook_events import WebhookEvent
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.events import MemberRemoved
from apps.tenancy.models import Tenant
from apps.webhooks.interface import EndpointIsDisabled
from apps.webhooks.models import Attempt, Delivery, Endpoint, Message
from apps.webhooks.services.endpoints import endpoint_disable, endpoint_enable, secret_rotate
from apps.webhooks.services.messages import LARGEST, endpoint_test, message_write
from apps.webhooks.services.replaying import delivery_replay, failed_replay
from apps.webhooks.services.sending import WAITS, wait_before
from apps.webhooks.services.signing import secret_of
from apps.webhooks.tasks import prune
from tests.fakes.dns import FakeDns


def only_delivery() -> Delivery:
    return Delivery.objects.get()


def until_given_up() -> None:
    """Let the days pass, from try to try."""
    moment = clock.now()
    for wait in WAITS:
        moment += wait * 1.2
        with time_machine.travel(moment, tick=False):
            run_due_tasks()
            deliver_due()
            run_due_tasks()


class TestSigning:
    def test_the_librarys_receiver_verifies_it(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        receiver = receive()
        _endpoint, secret = endpoint(receiver.url)
        happen()

        told = receiver.verified(secret)
        assert told["type"] == "member.removed"
        assert set(told["data"]) == {"id", "person"}
        with as_tenant(tenant):
            delivery, attempt = only_delivery(), Attempt.objects.get()
            assert (delivery.state, delivery.tries, attempt.status) == ("delivered", 1, 204)
            assert attempt.request_headers["webhook-id"] == str(delivery.message_id)

    def test_both_secrets_verify_while_one_is_replaced(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        receiver = receive()
        added, former = endpoint(receiver.url)
        with as_tenant(tenant):
            secret = secret_of(secret_rotate(endpoint_id=added.id))
        happen()
        assert secret != former
        assert receiver.verified(secret) == receiver.verified(former)

        with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
            happen()
            assert receiver.verified(secret)
            with pytest.raises(WebhookVerificationError):
                receiver.verified(former)

    def test_receivers_verify_while_our_own_key_is_changed(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any, settings: Any
    ) -> None:
        """First ours changes, then the customer's, which our new one alone makes; at last our former one goes."""
        receiver = receive()
        added, former = endpoint(receiver.url)

        settings.WEBHOOKS_SECRET_FALLBACKS = [settings.WEBHOOKS_SECRET]
        settings.WEBHOOKS_SECRET = "another"
        happen()
        assert receiver.verified(former)

        with as_tenant(tenant):
            secret = secret_of(secret_rotate(endpoint_id=added.id))
        happen()
        assert receiver.verified(secret) == receiver.verified(former)

        settings.WEBHOOKS_SECRET_FALLBACKS = []
        happen()
        assert receiver.verified(secret)
        with pytest.raises(WebhookVerificationError):
            receiver.verified(former)

    def test_another_workspace_has_another_secret_and_hears_nothing(
        self, receive: Any, endpoint: Any, happen: Any, other_tenant: Tenant
    ) -> None:
        ours, theirs = receive(), receive()
        _endpoint, secret = endpoint(ours.url)
        _other, other_secret = endpoint(theirs.url, of=other_tenant)
        happen()
        assert (len(ours.requests), theirs.requests) == (1, [])
        assert secret != other_secret

    def test_only_the_chosen_events_are_sent(self, receive: Any, endpoint: Any, happen: Any) -> None:
        receiver = receive()
        endpoint(receiver.url, "member.added")
        happen()
        assert receiver.requests == []


class TestTrying:
    def test_a_failure_is_tried_again_under_the_same_id(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        receiver = receive(statuses=[500, 204])
        _endpoint, secret = endpoint(receiver.url)
        happen()
        with as_tenant(tenant):
            assert only_delivery().state == "pending"
            assert Endpoint.objects.get().failing_since
        with time_machine.travel(clock.now() + timedelta(seconds=6), tick=False):
            run_due_tasks()
            receiver.verified(secret)

        ids = {headers["webhook-id"] for _content, headers in receiver.requests}
        times = {headers["webhook-timestamp"] for _content, headers in receiver.requests}
        assert (len(ids), len(times)) == (1, 2)
        with as_tenant(tenant):
            assert only_delivery().state == "delivered"
            assert Endpoint.objects.get().failing_since is None

    def test_the_tries_take_about_three_days(self) -> None:
        waits = [wait_before(tries) for tries in range(1, 10)]
        assert timedelta(days=2.8) < sum(filter(None, waits), timedelta()) < timedelta(days=3.6)
        assert wait_before(10) is None

    def test_a_server_may_ask_for_more_time(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        endpoint(receive(statuses=[503], headers={"Retry-After": "3600"}).url)
        happen()
        with as_tenant(tenant):
            assert only_delivery().due_at > clock.now() + timedelta(minutes=59)

    def test_the_products_name_may_have_any_letters(
        self, receive: Any, endpoint: Any, happen: Any, settings: Any
    ) -> None:
        settings.PRODUCT_NAME, settings.PRODUCT_SLUG = "Hörbuch", "hoerbuch"
        receiver = receive()
        endpoint(receiver.url)
        happen()
        [(_content, headers)] = receiver.requests
        assert headers["user-agent"] == "hoerbuch-Webhooks/1"

    def test_a_fault_of_ours_is_a_failed_try_and_strands_nothing(
        self, receive: Any, endpoint: Any, happen: Any, monkeypatch: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        def break_down(*_arguments: Any, **_options: Any) -> None:
            raise TypeError("a secret")

        endpoint(receive().url)
        with monkeypatch.context() as broken:
            broken.setattr(outgoing, "request", break_down)
            happen()
        with as_tenant(tenant):
            assert (only_delivery().state, only_delivery().tries) == ("pending", 1)
            assert Attempt.objects.get().error == "Something went wrong on our side."
        with time_machine.travel(clock.now() + timedelta(seconds=6), tick=False):
            run_due_tasks()
        with as_tenant(tenant):
            assert only_delivery().state == "delivered"

    def test_what_could_not_be_sent_waits_and_is_no_try(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        endpoint(receive(statuses=[500]).url)
        happen(circuit.FAILURES + 1)
        with as_tenant(tenant):
            assert Attempt.objects.count() == circuit.FAILURES
            held = Delivery.objects.get(tries=0)
            assert held.state == "pending"
            assert timedelta(seconds=5) < held.due_at - clock.now() <= timedelta(seconds=circuit.OPEN_FOR)

    @pytest.mark.parametrize(
        ("refusal", "seconds"),
        [
            (outgoing.Saturated(), 1),
            (outgoing.CircuitOpen(retry_after=0.2), 1),
            (outgoing.CircuitOpen(retry_after=9), 9),
        ],
    )
    def test_a_test_that_could_not_be_sent_is_sent_later(
        self,
        refusal: Exception,
        seconds: int,
        receive: Any,
        endpoint: Any,
        monkeypatch: Any,
        tenant: Tenant,
        as_tenant: Any,
    ) -> None:
        def refuse(*_arguments: Any, **_options: Any) -> None:
            raise refusal

        added, _secret = endpoint(receive().url)
        with time_machine.travel(clock.now(), tick=False) as now:
            with as_tenant(tenant):
                endpoint_test(endpoint_id=added.id)
            with monkeypatch.context() as held_up:
                held_up.setattr(outgoing, "request", refuse)
                run_due_tasks()
            with as_tenant(tenant):
                assert (only_delivery().tries, Attempt.objects.count()) == (0, 0)
                assert only_delivery().due_at == clock.now() + timedelta(seconds=seconds)
            now.shift(seconds)
            run_due_tasks()
            with as_tenant(tenant):
                assert (only_delivery().state, only_delivery().tries) == ("delivered", 1)

    def test_a_redirect_is_not_followed(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        elsewhere = receive()
        endpoint(receive(statuses=[307], headers={"Location": elsewhere.url}).url)
        happen()
        assert elsewhere.requests == []
        with as_tenant(tenant):
            assert only_delivery().state == "pending"

    def test_what_came_back_is_kept_up_to_16_kb(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        endpoint(receive(statuses=[400], body=b"\0no" + b"x" * 20_000, delay=0.05).url)
        happen()
        with as_tenant(tenant):
            attempt = Attempt.objects.get()
        assert (attempt.status, attempt.milliseconds >= 50) == (400, True)
        assert attempt.is_truncated
        assert len(attempt.response_body) == 16 * 1024
        assert attempt.response_body.startswith("\ufffdno")

    def test_an_endpoint_that_is_turned_off_gets_no_more(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        receiver = receive()
        added, _secret = endpoint(receiver.url)
        happen(run=False)
        with as_tenant(tenant):
            endpoint_disable(endpoint_id=added.id)
        run_due_tasks()
        happen()
        assert receiver.requests == []
        with as_tenant(tenant):
            assert only_delivery().state == "failed"

    def test_a_body_of_more_than_64_kb_holds_only_the_id(
        self, receive: Any, endpoint: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        receiver = receive()
        _endpoint, secret = endpoint(receiver.url)
        kind = WebhookEvent(
            name="member.removed",
            label="",
            group="",
            event_type=MemberRemoved,
            data=lambda event: {"id": "the-id", "note": "ä" * LARGEST},
        )
        with as_tenant(tenant):
            with transaction.atomic():
                message_write(kind=kind, event=None)
        run_due_tasks()
        told = receiver.verified(secret)
        assert (told["data"], told["is_truncated"]) == ({"id": "the-id"}, True)


class TestTurningOff:
    def test_gone_turns_it_off_at_once(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        added, _secret = endpoint(receive(statuses=[410]).url)
        happen()
        deliver_due()
        with as_tenant(tenant):
            found = Endpoint.objects.get()
            assert (found.disabled_reason, only_delivery().state) == ("gone", "failed")
            with pytest.raises(EndpointIsDisabled):
                delivery_replay(delivery_id=only_delivery().id)
        run_due_tasks()
        assert [message.subject for message in mail.outbox] == [
            f"The webhook {added.url} was turned off. · {tenant.name}"
        ]
        assert added.url in mail.outbox[0].body

    def test_days_of_failures_turn_it_off(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        endpoint(receive(statuses=[400]).url)  # no 500: the circuit would open, whose clock does not travel
        happen()
        until_given_up()
        with as_tenant(tenant):
            delivery = only_delivery()
            assert (delivery.state, delivery.tries, delivery.attempts.count()) == ("failed", 10, 10)
            assert Endpoint.objects.get().disabled_reason == "failing"
        assert len(mail.outbox) == 1

    def test_it_stays_on_if_something_arrived_meanwhile(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        added, _secret = endpoint(receive(statuses=[400]).url)
        happen()
        with as_tenant(tenant), transaction.atomic():
            Delivery.objects.update(tries=len(WAITS))
        with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
            run_due_tasks()
        with as_tenant(tenant):
            assert only_delivery().state == "failed"
            assert Endpoint.objects.get(id=added.id).is_enabled

    def test_a_test_is_tried_once(self, receive: Any, endpoint: Any, tenant: Tenant, as_tenant: Any) -> None:
        receiver = receive(statuses=[500])
        added, secret = endpoint(receiver.url)
        with as_tenant(tenant):
            endpoint_test(endpoint_id=added.id)
        run_due_tasks()
        assert receiver.verified(secret)["type"] == "webhook.test"
        with as_tenant(tenant):
            assert only_delivery().state == "failed"
            assert Endpoint.objects.get().is_enabled


class TestReplaying:
    def test_one_is_sent_again_and_an_older_task_finds_nothing_to_do(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        receiver = receive(statuses=[500, 204])
        endpoint(receiver.url)
        happen()
        with as_tenant(tenant):
            delivery_replay(delivery_id=only_delivery().id)
        run_due_tasks()
        with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
            run_due_tasks()
        assert len(receiver.requests) == 2
        assert len({headers["webhook-id"] for _content, headers in receiver.requests}) == 1

    def test_a_range_of_failed_ones_is_sent_again(
        self, receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
    ) -> None:
        receiver = receive(statuses=[410])
        added, _secret = endpoint(receiver.url)
        with time_machine.travel(clock.now() - timedelta(hours=2), tick=False):
            happen()
            with as_tenant(tenant):
                endpoint_enable(endpoint_id=added.id)
        happen(3)  # the first answer turns it off, and with it the others fail
        with as_tenant(tenant):
            assert Delivery.objects.filter(state="failed").count() == 4
            endpoint_enable(endpoint_id=added.id)
            receiver.statuses, before = [204], len(receiver.requests)
            assert failed_replay(endpoint_id=added.id, since=clock.now() - timedelta(hours=1)) == 3
        run_due_tasks()
        assert len(receiver.requests) == before + 3
        with as_tenant(tenant):
            assert Delivery.objects.filter(state="failed").count() == 1


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/in",
            "https://169.254.169.254/latest",
            "https://localhost/",
            "ftp://example.com",
            "x",
        ],
    )
    def test_what_is_not_public_is_refused_when_it_is_saved(
        self, url: str, endpoint: Any, tenant: Tenant
    ) -> None:
        with pytest.raises(Invalid) as refused:
            endpoint(url)
        assert list(refused.value.fields) == ["url"]

    def test_an_address_that_leads_elsewhere_by_then_is_not_called(
        self,
        monkeypatch: Any,
        receive: Any,
        endpoint: Any,
        happen: Any,
        settings: Any,
        tenant: Tenant,
        as_tenant: Any,
    ) -> None:
        receiver = receive()
        settings.OUTGOING_ALLOWED_NETWORKS, settings.OUTGOING_PORTS = [], [443, receiver.port]
        monkeypatch.setattr(FakeDns, "hosts", {"hooks.example.com": [["93.184.216.34"], ["127.0.0.1"]]})
        endpoint(f"https://hooks.example.com:{receiver.port}/in")
        happen()
        with as_tenant(tenant):
            attempt = Attempt.objects.get()
        assert (attempt.status, receiver.requests) == (None, [])
        assert "private network" in attempt.error


def test_old_messages_are_forgotten_with_their_log(
    receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any
) -> None:
    endpoint(receive().url)
    happen()
    prune()
    with as_tenant(tenant):
        assert Message.objects.count() == 1
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        happen()
        prune()
    with as_tenant(tenant):
        assert (Message.objects.count(), Attempt.objects.count()) == (1, 1)


def test_the_body_says_when_it_happened(receive: Any, endpoint: Any, happen: Any) -> None:
    receiver = receive()
    endpoint(receiver.url)
    happen()
    content, _headers = receiver.requests[0]
    assert json.loads(content)["timestamp"][:10] == clock.now().date().isoformat()
