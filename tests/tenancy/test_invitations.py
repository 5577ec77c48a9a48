"""Invitations: from the mail to the membership."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import transaction
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
from apps.tenancy.services.members import member_change_role, member_remove
from tests.factories import entitlements as plans
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD, person, switch_off

SignIn = Callable[[User], Client]
ACCEPT = "/invitations/accept/"


@pytest.fixture
def guest(db: None) -> User:
    return person(email="li@example.com", name="Li Wei")


@pytest.fixture
def invitation(tenant: Tenant, as_tenant: Any) -> Invitation:
    with as_tenant(tenant):
        return invitation_create(email="Li@Example.com", role="member")


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


class TestAccept:
    def test_an_existing_person_joins(
        self, tenant: Tenant, invitation: Invitation, guest: User, signed_in: SignIn
    ) -> None:
        client = signed_in(guest)
        assert client.get(link(invitation)).url == ACCEPT
        assert tenant.name in client.get(ACCEPT).content.decode()

        answer = client.post(ACCEPT)

        assert answer.url == reverse("workspace", args=[tenant.slug])
        assert role_of(tenant, guest) == "member"
        assert client.get(reverse("tenancy:members", args=[tenant.slug])).status_code == 200

    def test_who_accepts_takes_the_seat_of_the_invitation(
        self, tenant: Tenant, invitation: Invitation, guest: User
    ) -> None:
        plans.override(tenant, "members.seats", 2)
        invitation_accept(token=token_of(invitation.id), user_id=guest.id)

        assert role_of(tenant, guest) == "member"

    def test_where_the_plan_got_smaller_it_says_that_no_seat_is_left(
        self, tenant: Tenant, invitation: Invitation, guest: User, signed_in: SignIn
    ) -> None:
        plans.override(tenant, "members.seats", 1)
        client = signed_in(guest)
        client.get(link(invitation))
        answer = client.post(ACCEPT)

        assert answer.status_code == 410
        assert "no seat left" in answer.content.decode()
        with scope.use(tenant_id=tenant.id):
            assert Invitation.objects.get(id=invitation.id).accepted_at is None

    def test_the_secret_stays_out_of_addresses_referrers_and_sessions(self, invitation: Invitation) -> None:
        client = Client()
        answer = client.get(link(invitation))

        assert answer["Referrer-Policy"] == "no-referrer"
        assert token_of(invitation.id) not in answer.url
        assert token_of(invitation.id) not in str(dict(client.session))
        assert token_of(invitation.id) not in client.get(ACCEPT).content.decode()

    def test_a_visitor_logs_in_and_comes_back(
        self, tenant: Tenant, invitation: Invitation, guest: User
    ) -> None:
        client = Client()
        page = client.get(link(invitation), follow=True).content.decode()
        login = re.search(r'href="([^"]*login[^"]*)"', page)[1].replace("&amp;", "&")

        answer = client.post(login, {"login": guest.email, "password": PASSWORD, "next": ACCEPT})

        assert answer.url == ACCEPT
        client.post(ACCEPT)
        assert role_of(tenant, guest) == "member"

    def test_a_new_person_signs_up_confirms_and_comes_back(
        self, tenant: Tenant, invitation: Invitation
    ) -> None:
        client = Client()
        page = client.get(link(invitation), follow=True).content.decode()
        signup = re.search(r'href="([^"]*signup[^"]*)"', page)[1].replace("&amp;", "&")
        assert 'value="li@example.com"' in client.get(signup).content.decode()

        client.post(
            signup, {"name": "Li Wei", "email": "li@example.com", "password1": PASSWORD, "next": ACCEPT}
        )
        (message,) = mail.outbox
        confirmation = re.search(r"http://testserver(/\S+confirm\S+)", message.body)[1]
        arrived = client.post(confirmation, follow=True)

        assert arrived.redirect_chain[-1][0] == ACCEPT
        client.post(ACCEPT)
        assert role_of(tenant, User.objects.get(email="li@example.com")) == "member"

    def test_another_address_is_told_so_and_may_sign_out(
        self, tenant: Tenant, invitation: Invitation, person: User, signed_in: SignIn
    ) -> None:
        client = signed_in(person)
        page = client.get(link(invitation), follow=True).content.decode()
        assert "This invitation is for another address" in page
        assert "l•••@example.com" in page
        assert "li@example.com" not in page
        assert client.post(ACCEPT).status_code == 403
        assert client.post(ACCEPT, {"instead": "somebody@example.com"}).status_code == 403
        assert role_of(tenant, person) is None

        page = client.post(reverse("tenancy_invitation:switch"), follow=True).content.decode()

        assert "I have an account" in page

    def test_another_address_may_join_instead_if_it_says_so_and_the_log_names_both(
        self, tenant: Tenant, invitation: Invitation, person: User, signed_in: SignIn, member: Any
    ) -> None:
        client = signed_in(person)
        client.get(link(invitation))

        answer = client.post(ACCEPT, {"instead": person.email})

        assert answer.url == reverse("workspace", args=[tenant.slug])
        assert role_of(tenant, person) == "member"
        log = signed_in(member("admin")).get(reverse("audit:list", args=[tenant.slug])).content.decode()
        assert f"joined as Member with {person.email}. The invitation went to li@example.com." in log
        assert client.get(link(invitation), follow=True).redirect_chain[-1][0] != ACCEPT

    def test_nobody_becomes_an_owner_with_another_address(
        self, tenant: Tenant, person: User, signed_in: SignIn, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            invitation = invitation_create(email="li@example.com", role="owner")
        client = signed_in(person)

        page = client.get(link(invitation), follow=True).content.decode()

        assert "instead" not in page
        assert client.post(ACCEPT, {"instead": person.email}).status_code == 403
        assert role_of(tenant, person) is None

    def test_a_member_is_led_to_the_workspace(
        self, tenant: Tenant, invitation: Invitation, guest: User, signed_in: SignIn
    ) -> None:
        workspaces.member(tenant, "viewer", user=guest)
        client = signed_in(guest)
        client.get(link(invitation))

        assert client.post(ACCEPT).url == reverse("workspace", args=[tenant.slug])
        assert role_of(tenant, guest) == "viewer"

    def test_who_accepted_it_is_led_to_the_workspace_by_the_old_link(
        self, tenant: Tenant, invitation: Invitation, guest: User, signed_in: SignIn
    ) -> None:
        invitation_accept(token=token_of(invitation.id), user_id=guest.id)
        client = signed_in(guest)
        client.get(link(invitation))

        assert client.get(ACCEPT).url == reverse("workspace", args=[tenant.slug])

    @pytest.mark.parametrize(
        ("spoilt", "reason"),
        [
            ("used", "It was accepted already."),
            ("revoked", "It was taken back."),
            ("resent", "A newer one was sent to the same address."),
            ("expired", "It has run out."),
            ("closed", "The workspace is closed."),
            ("unknown", "The link is not complete"),
            ("none", "The link is not complete"),
        ],
    )
    def test_what_can_not_be_used_says_why(
        self,
        tenant: Tenant,
        invitation: Invitation,
        guest: User,
        person: User,
        signed_in: SignIn,
        as_tenant: Any,
        spoilt: str,
        reason: str,
    ) -> None:
        client, address = signed_in(guest), link(invitation)
        if spoilt == "used":
            token = token_of(invitation.id)
            invitation_accept(token=token, user_id=person.id, instead=person.email)
        if spoilt == "revoked":
            with as_tenant(tenant):
                invitation_revoke(invitation_id=invitation.id)
        if spoilt == "resent":
            with as_tenant(tenant):
                invitation_resend(invitation_id=invitation.id)
        if spoilt == "closed":
            with as_tenant(tenant), transaction.atomic():
                Tenant.objects.filter(id=tenant.id).update(erase_due_at=clock.now() + timedelta(days=30))
        if spoilt == "unknown":
            address = reverse("tenancy_invitation:open", args=["x" * 43])
        later = clock.now() + timedelta(days=8 if spoilt == "expired" else 0)
        with time_machine.travel(later):
            if spoilt == "expired":
                client = signed_in(guest)
            answers = []
            for ask in (client.get, client.post):
                if spoilt != "none":
                    client.get(address)
                answers.append(ask(ACCEPT))

        for answer in answers:
            assert answer.status_code == 410
            page = answer.content.decode().replace("&#x27;", "'")
            assert "This invitation can't be used" in page
            assert reason in page
        assert role_of(tenant, guest) is None

    @pytest.mark.parametrize(
        ("inviter_was", "becomes", "role", "works"),
        [
            ("admin", "removed", "member", False),
            ("admin", "switched off", "member", False),
            ("admin", "member", "member", False),
            ("owner", "admin", "owner", False),
            ("owner", "admin", "member", True),
            ("admin", "owner", "member", True),
        ],
    )
    def test_it_lasts_no_longer_than_its_sender_s_rights(
        self,
        tenant: Tenant,
        guest: User,
        signed_in: SignIn,
        as_tenant: Any,
        member: Any,
        inviter_was: str,
        becomes: str,
        role: str,
        works: bool,
    ) -> None:
        inviter = member(inviter_was)
        with as_tenant(tenant, role=inviter_was, user=inviter):
            invitation = invitation_create(email=guest.email, role=role)
        with as_tenant(tenant):
            membership_id = Membership.objects.get(tenant=tenant, user=inviter).id
            if becomes == "removed":
                member_remove(membership_id=membership_id)
            elif becomes == "switched off":
                switch_off(inviter.id)
            else:
                member_change_role(membership_id=membership_id, role=becomes)
        client = signed_in(guest)
        client.get(link(invitation))

        assert client.get(ACCEPT).status_code == (200 if works else 410)
        assert client.post(ACCEPT).status_code == (302 if works else 410)
        assert role_of(tenant, guest) == (role if works else None)

    def test_a_strange_token_is_no_error_of_ours(self, db: None) -> None:
        for token in ("ä" * 10, "%00", "x" * 2000, "'; drop table"):
            assert Client().get(f"/invitations/{token}/", follow=True).status_code in (404, 410)

    def test_it_can_not_be_used_twice(self, invitation: Invitation, guest: User) -> None:
        invitation_accept(token=token_of(invitation.id), user_id=guest.id)
        with pytest.raises(InvitationUnusable):
            invitation_accept(token=token_of(invitation.id), user_id=guest.id)

    def test_a_person_finds_their_invitations_without_the_mail(
        self, tenant: Tenant, invitation: Invitation, guest: User, signed_in: SignIn
    ) -> None:
        client = signed_in(guest)
        page = client.get(reverse("workspace_create")).content.decode()
        assert f"You are invited to {tenant.name}" in page

        client.get(reverse("tenancy_invitation:mine", args=[invitation.id]))
        client.post(ACCEPT)

        assert role_of(tenant, guest) == "member"

    def test_it_can_be_put_aside(
        self, tenant: Tenant, invitation: Invitation, guest: User, signed_in: SignIn
    ) -> None:
        client = signed_in(guest)
        client.get(link(invitation))
        assert client.get(reverse("home")).url == ACCEPT

        client.post(reverse("tenancy_invitation:later"))

        assert client.get(reverse("home")).url == reverse("workspace_create")

    def test_nobody_finds_those_of_others(
        self, tenant: Tenant, invitation: Invitation, person: User, signed_in: SignIn
    ) -> None:
        client = signed_in(person)

        assert tenant.name not in client.get(reverse("workspace_create")).content.decode()
        assert client.get(reverse("tenancy_invitation:mine", args=[invitation.id])).status_code == 410
        with workspaces.acting_as(person):
            assert not Invitation.objects.exists()
            assert not Tenant.objects.exists()

    def test_few_queries(
        self, invitation: Invitation, guest: User, signed_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(guest)
        client.get(link(invitation), follow=True)

        with django_assert_max_num_queries(8):
            assert client.get(ACCEPT).status_code == 200
