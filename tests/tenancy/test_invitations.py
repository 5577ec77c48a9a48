"""Invitations: written, mailed, sent again and taken back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock, scope
from apps.tenancy.interface import InvitationUnusable, TooManyInvitations
from apps.tenancy.models import Invitation, Membership, Tenant
from apps.tenancy.services import invitations as services
from apps.tenancy.services.invitations import (
    invitation_create,
    invitation_resend,
    invitation_revoke,
    token_of,
)
from apps.tenancy.services.inviting import invitations_send
from apps.tenancy.services.joining import invitation_accept
from tests.factories import tenancy as workspaces

SignIn = Callable[[User], Client]


def link(invitation: Invitation) -> str:
    return reverse("tenancy_invitation:open", args=[token_of(invitation.id)])


def role_of(tenant: Tenant, user: User) -> str | None:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first()


class TestMail:
    def test_the_link_is_mailed_after_the_commit(self, tenant: Tenant, invitation: Invitation) -> None:
        assert mail.outbox == []

        call_command("deliver_events")

        (message,) = mail.outbox
        assert message.to == ["li@example.com"]
        assert tenant.name in message.subject
        html = str(message.alternatives[0][0])
        assert f"http://testserver{link(invitation)}" in message.body
        assert f"http://testserver{link(invitation)}" in html

    def test_an_invitation_that_was_revoked_is_not_mailed(
        self, tenant: Tenant, invitation: Invitation, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            invitation_revoke(invitation_id=invitation.id)

        call_command("deliver_events")

        assert mail.outbox == []

    def test_names_are_text_in_it(self, as_tenant: Any, db: None) -> None:
        tenant = workspaces.workspace(name="<b>Acme</b> & Co")
        with as_tenant(tenant):
            invitation_create(email="li@example.com", role="member")

        call_command("deliver_events")

        (message,) = mail.outbox
        assert "<b>Acme</b> & Co" in message.subject
        assert "<b>Acme</b> & Co" in message.body
        assert "<b>Acme" not in str(message.alternatives[0][0])


class TestInvite:
    def test_an_admin_invites(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        client = signed_in(member("admin"))

        answer = client.post(
            reverse("tenancy:invite", args=[tenant.slug]),
            {"email": "Li@example.com", "role": "viewer"},
            follow=True,
        )

        assert "Invitation sent to li@example.com." in answer.content.decode()
        assert [found.email for found, _role in answer.context["invitations"]] == ["li@example.com"]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"email": "", "role": "member"}, "email"),
            ({"email": "li", "role": "member"}, "email"),
            ({"email": "li@example.com\x00", "role": "member"}, "email"),
            ({"email": "x" * 260 + "@example.com", "role": "member"}, "email"),
            ({"email": "li@" + ".".join(["x" * 60] * 4) + ".example.com", "role": "member"}, "email"),
            ({"email": "li@example.com", "role": ""}, "role"),
            ({"email": "li@example.com", "role": "king"}, "role"),
            ({"email": "li@example.com", "role": "owner"}, "role"),
            ({"email": "member@example.com", "role": "member"}, "email"),
            ({"email": "Open@example.com", "role": "member"}, "email"),
        ],
    )
    def test_bad_input_is_shown_again(
        self,
        tenant: Tenant,
        member: Any,
        signed_in: SignIn,
        as_tenant: Any,
        given: dict[str, str],
        field: str,
    ) -> None:
        member("viewer", email="member@example.com")
        with as_tenant(tenant):
            invitation_create(email="open@example.com", role="member")
        client = signed_in(member("admin"))

        answer = client.post(reverse("tenancy:invite", args=[tenant.slug]), given)

        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        with scope.use(tenant_id=tenant.id):
            assert Invitation.objects.filter(tenant=tenant).count() == 1

    def test_a_new_one_may_follow_when_the_first_has_run_out(
        self, tenant: Tenant, invitation: Invitation, as_tenant: Any
    ) -> None:
        with time_machine.travel(clock.now() + timedelta(days=8)), as_tenant(tenant):
            assert invitation_create(email="li@example.com", role="viewer").is_open

    def test_many_at_once_and_each_gets_its_answer(
        self, tenant: Tenant, invitation: Invitation, member: Any, signed_in: SignIn
    ) -> None:
        member("viewer", email="vera@example.com")
        pasted = "New@example.com, vera@example.com\nli@example.com Bo Berg <bo@example.com> broken new@example.com"

        answer = signed_in(member("admin")).post(
            reverse("tenancy:invite", args=[tenant.slug]), {"email": pasted, "role": "viewer"}
        )

        states = [(email, state) for email, state, _reason in answer.context["outcomes"]]
        assert states == [
            ("new@example.com", "sent"),
            ("vera@example.com", "member"),
            ("li@example.com", "pending"),
            ("bo@example.com", "sent"),
            ("broken", "invalid"),
        ]
        assert answer.context["form"]["email"].value() == "broken"
        assert answer.status_code == 200

    def test_when_all_are_sent_the_list_shows_them(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        answer = signed_in(member("admin")).post(
            reverse("tenancy:invite", args=[tenant.slug]),
            {"email": "a@example.com b@example.com", "role": "viewer"},
            follow=True,
        )

        assert "2 invitations sent." in answer.content.decode()
        assert len(answer.context["invitations"]) == 2

    def test_at_most_fifty_at_once(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        many = " ".join(f"p{number}@example.com" for number in range(51))

        answer = signed_in(member("admin")).post(
            reverse("tenancy:invite", args=[tenant.slug]), {"email": many, "role": "viewer"}
        )

        assert answer.status_code == 422
        assert "up to 50 people" in answer.content.decode()
        with scope.use(tenant_id=tenant.id):
            assert not Invitation.objects.filter(tenant=tenant).exists()

    def test_a_limited_number_in_an_hour(
        self, tenant: Tenant, as_tenant: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "MOST_IN_AN_HOUR", 2)
        emails = [f"p{number}@example.com" for number in range(3)]
        with as_tenant(tenant):
            outcomes = invitations_send(emails=emails, role="viewer")
            assert [found.state for found in outcomes] == ["sent", "sent", "limited"]
            first = Invitation.objects.get(tenant=tenant, email=emails[0])
            with pytest.raises(TooManyInvitations):
                invitation_resend(invitation_id=first.id)
            with time_machine.travel(clock.now() + timedelta(minutes=61)):
                assert invitations_send(emails=emails[2:], role="viewer")[0].state == "sent"

    def test_a_key_invites_in_its_maker_s_name(self, tenant: Tenant, api_client: Client) -> None:
        answer = api_client.post(
            "/api/v1/invitations", {"email": "li@example.com", "role": "member"}, "application/json"
        )

        assert answer.status_code == 201, answer.content
        with scope.use(tenant_id=tenant.id):
            assert Invitation.objects.get(tenant=tenant).invited_by_id

    def test_sending_again_makes_a_new_link_and_a_new_term(
        self, tenant: Tenant, invitation: Invitation, guest: User, member: Any, signed_in: SignIn
    ) -> None:
        admin = member("admin")
        with time_machine.travel(clock.now() + timedelta(days=8)):
            client = signed_in(admin)
            page = client.get(reverse("tenancy:members", args=[tenant.slug])).content.decode()
            assert "Has run out" in page

            answer = client.post(reverse("tenancy:resend", args=[tenant.slug, invitation.id]), follow=True)

            assert "Invitation sent to li@example.com again." in answer.content.decode()
            ((again, _role),) = answer.context["invitations"]
            assert again.is_open
            call_command("deliver_events")
            assert link(again) in mail.outbox[-1].body
            with pytest.raises(InvitationUnusable):
                invitation_accept(token=token_of(invitation.id), user_id=guest.id)
            invitation_accept(token=token_of(again.id), user_id=guest.id)
        assert role_of(tenant, guest) == "member"

    def test_revoking_twice_is_not_found(
        self, tenant: Tenant, invitation: Invitation, member: Any, signed_in: SignIn
    ) -> None:
        client = signed_in(member("admin"))
        address = reverse("tenancy:revoke", args=[tenant.slug, invitation.id])

        assert client.post(address).status_code == 302
        assert client.post(address).status_code == 404
