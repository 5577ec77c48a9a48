"""Accepting an invitation: from the link to the membership."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock, scope
from apps.tenancy.interface import InvitationUnusable
from apps.tenancy.models import Invitation, Membership, Tenant
from apps.tenancy.services.invitations import (
    invitation_create,
    invitation_resend,
    invitation_revoke,
    token_of,
)
from apps.tenancy.services.joining import invitation_accept
from apps.tenancy.services.members import member_change_role, member_remove
from tests.factories import entitlements as plans
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD, switch_off
from tests.tenancy.test_invitations import link, role_of

SignIn = Callable[[User], Client]
ACCEPT = "/invitations/accept/"


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
