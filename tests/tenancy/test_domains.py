"""E-mail domains: claiming, proving, joining; and what nobody learns or gets by them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock, scope
from apps.core.errors import ApplicationError, Invalid, PermissionDenied
from apps.tenancy.interface import (
    DomainNotYours,
    DomainProofUnusable,
    DomainTaken,
    RoleBeyondYours,
    RoleInUse,
)
from apps.tenancy.models import DomainClaim, Membership, Tenant
from apps.tenancy.services.domains import (
    claim_for,
    domain_claim,
    domain_join,
    domain_resend,
    domain_token,
    domain_verify,
    domain_withdraw,
)
from apps.tenancy.services.hosts import host_add
from apps.tenancy.services.invitations import invitation_create, token_of
from apps.tenancy.services.joining import invitation_accept
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.services.roles import role_create, role_delete
from apps.tenancy.services.standing import member_suspend
from tests.factories import entitlements as plans
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person, switch_off

SignIn = Callable[[User], Client]
DOMAIN = "acme.example"


@pytest.fixture
def claim(tenant: Tenant, as_tenant: Any) -> DomainClaim:
    with as_tenant(tenant):
        return domain_claim(domain=DOMAIN, mailbox="postmaster", role="member")


@pytest.fixture
def proved(claim: DomainClaim) -> DomainClaim:
    return domain_verify(token=domain_token(claim.id))


@pytest.fixture
def colleague(db: None) -> User:
    return person(email=f"li@{DOMAIN}", name="Li Wei")


def page(tenant: Tenant, name: str = "domains", *args: Any) -> str:
    return reverse(f"tenancy:{name}", args=[tenant.slug, *args])


def proof(claim: DomainClaim) -> str:
    return reverse("tenancy_domain:proof", args=[domain_token(claim.id)])


def place_of(tenant: Tenant, user: User) -> Membership | None:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.filter(tenant=tenant, user=user).first()


class TestClaiming:
    def test_the_mailbox_of_the_domain_gets_the_link(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        client = signed_in(member("admin", name="Ada Admin"))

        answer = client.post(
            page(tenant), {"domain": " @Acme.Example. ", "mailbox": "admin", "role": "viewer"}, follow=True
        )

        assert "Mail sent to admin@acme.example." in answer.content.decode()
        ((claim, role),) = answer.context["rows"]
        assert (claim.domain, role, claim.verified_at) == (DOMAIN, "Viewer", None)
        call_command("deliver_events")
        (message,) = mail.outbox
        assert message.to == ["admin@acme.example"]
        assert f"http://testserver{proof(claim)}" in message.body
        assert "Ada Admin" in message.body

    def test_the_link_leads_to_no_host_name_of_who_claims(
        self, tenant: Tenant, as_tenant: Any, settings: Any
    ) -> None:
        settings.LOCAL_HOSTS_ARE_VERIFIED = True
        with as_tenant(tenant):
            host_add(host="thief.localhost")
            claim = domain_claim(domain=DOMAIN, mailbox="postmaster", role="member")
        call_command("deliver_events")

        (message,) = mail.outbox
        assert f"http://testserver{proof(claim)}" in message.body
        assert "thief" not in message.body + str(message.alternatives)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"domain": ""}, "domain"),
            ({"domain": "acme"}, "domain"),
            ({"domain": "li@acme.example"}, "domain"),
            ({"domain": "acme..example"}, "domain"),
            ({"domain": "192.168.0.1"}, "domain"),
            ({"domain": "acme.example\x00"}, "domain"),
            ({"domain": "a" * 64 + ".example"}, "domain"),
            ({"domain": "gmail.com"}, "domain"),
            ({"domain": "sub.Gmail.com"}, "domain"),
            ({"domain": "open.example"}, "domain"),
            ({"mailbox": "li"}, "mailbox"),
            ({"role": "owner"}, "role"),
            ({"role": "king"}, "role"),
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
        with as_tenant(tenant):
            domain_claim(domain="open.example", mailbox="admin", role="viewer")

        answer = signed_in(member("admin")).post(
            page(tenant), {"domain": DOMAIN, "mailbox": "admin", "role": "viewer"} | given
        )

        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]

    def test_a_domain_in_another_script_is_kept_as_mail_knows_it(
        self, tenant: Tenant, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            claim = domain_claim(domain="müller.example", mailbox="admin", role="viewer")
        assert claim.domain == "xn--mller-kva.example"

    def test_others_claim_nothing_and_nobody_gives_more_than_they_have(
        self, tenant: Tenant, as_tenant: Any
    ) -> None:
        with as_tenant(tenant, role="member"), pytest.raises(PermissionDenied):
            domain_claim(domain=DOMAIN, mailbox="admin", role="viewer")
        with as_tenant(tenant):
            keeper = role_create(name="Keeper", permission_names=["domains.manage"])
        with as_tenant(tenant, role=keeper.key), pytest.raises(RoleBeyondYours):
            domain_claim(domain=DOMAIN, mailbox="admin", role="admin")
        with as_tenant(tenant), pytest.raises(Invalid):
            domain_claim(domain=DOMAIN, mailbox="admin", role="owner")

    def test_a_few_mails_in_an_hour(self, tenant: Tenant, as_tenant: Any, claim: DomainClaim) -> None:
        with as_tenant(tenant):
            for _again in range(4):
                claim = domain_resend(claim_id=claim.id)
            with pytest.raises(ApplicationError) as refused:
                domain_resend(claim_id=claim.id)
            assert refused.value.status == 429
            with time_machine.travel(clock.now() + timedelta(minutes=61)):
                domain_resend(claim_id=claim.id)

    def test_another_workspace_finds_none(self, other_tenant: Tenant, claim: DomainClaim) -> None:
        with scope.use(tenant_id=other_tenant.id):
            owner = Membership.objects.select_related("user").get(tenant=other_tenant).user
        client = Client()
        client.force_login(owner)

        assert client.get(page(other_tenant)).context["rows"] == []
        for act in ("domain_resend", "domain_withdraw"):
            assert client.post(page(other_tenant, act, claim.id)).status_code == 404


class TestProving:
    def test_whoever_reads_the_mailbox_confirms_without_an_account(
        self, tenant: Tenant, claim: DomainClaim, member: Any, signed_in: SignIn
    ) -> None:
        client = Client()
        asked = client.get(proof(claim))
        assert tenant.name in asked.content.decode()
        assert asked["Referrer-Policy"] == "same-origin"
        assert claim_for_nobody(claim) is None

        assert "can now join" in client.post(proof(claim)).content.decode()

        admin = signed_in(member("admin"))
        assert admin.get(page(tenant)).context["rows"][0][0].verified_at
        log = admin.get(reverse("audit:list", args=[tenant.slug])).content.decode()
        assert "postmaster@acme.example confirmed that the domain acme.example is yours." in log

    @pytest.mark.parametrize(
        "spoilt",
        ["used", "sent again", "withdrawn", "expired", "claimer gone", "claimer switched off", "unknown"],
    )
    def test_a_link_that_does_not_work(
        self, tenant: Tenant, claim: DomainClaim, as_tenant: Any, member: Any, spoilt: str
    ) -> None:
        address, later = proof(claim), clock.now()
        if spoilt == "used":
            domain_verify(token=domain_token(claim.id))
        if spoilt == "sent again":
            with as_tenant(tenant):
                domain_resend(claim_id=claim.id)
        if spoilt == "withdrawn":
            with as_tenant(tenant):
                domain_withdraw(claim_id=claim.id)
        if spoilt == "expired":
            later += timedelta(days=8)
        if spoilt == "claimer gone":
            other = member("owner")
            with as_tenant(tenant, user=other):
                place = Membership.objects.get(tenant=tenant, user_id=claim.claimed_by_id)
                member_change_role(membership_id=place.id, role="member")
        if spoilt == "claimer switched off":
            switch_off(claim.claimed_by_id)
        if spoilt == "unknown":
            address = reverse("tenancy_domain:proof", args=["x" * 43])

        with time_machine.travel(later):
            for answer in (Client().get(address), Client().post(address)):
                assert answer.status_code == 410
                assert "no longer works" in answer.content.decode()

    def test_who_may_less_by_then_gives_no_more_than_that(self, tenant: Tenant, as_tenant: Any) -> None:
        with as_tenant(tenant):
            role = role_create(name="Gate", permission_names=["domains.manage"])
        admin = workspaces.member(tenant, "admin")
        with as_tenant(tenant, "admin", admin):
            claim = domain_claim(domain=DOMAIN, mailbox="postmaster", role="admin")
        with as_tenant(tenant):
            membership = Membership.objects.get(tenant=tenant, user=admin)
            member_change_role(membership_id=membership.id, role=role.key)

        with pytest.raises(DomainProofUnusable):
            domain_verify(token=domain_token(claim.id))

    def test_the_first_to_prove_it_holds_it(
        self, other_tenant: Tenant, as_tenant: Any, claim: DomainClaim
    ) -> None:
        with as_tenant(other_tenant):
            second = domain_claim(domain=DOMAIN, mailbox="admin", role="viewer")
        domain_verify(token=domain_token(claim.id))

        with pytest.raises(DomainTaken):
            domain_verify(token=domain_token(second.id))
        assert Client().post(proof(second)).status_code == 409


class TestJoining:
    def test_people_at_the_domain_are_offered_it_and_join(
        self, tenant: Tenant, proved: DomainClaim, colleague: User, signed_in: SignIn
    ) -> None:
        client = signed_in(colleague)
        first = client.get("/home/", follow=True).content.decode()
        assert f"Join {tenant.name}" in first

        answer = client.post(reverse("tenancy_domain:join"), follow=True)

        assert f"Welcome to {tenant.name}." in answer.content.decode()
        assert place_of(tenant, colleague).role == "member"
        assert f"Join {tenant.name}" not in client.get(reverse("workspace_create")).content.decode()
        assert client.post(reverse("tenancy_domain:join")).url == reverse("home")

    def test_the_log_tells_it(
        self, tenant: Tenant, proved: DomainClaim, colleague: User, signed_in: SignIn, member: Any
    ) -> None:
        signed_in(colleague).post(reverse("tenancy_domain:join"))

        log = signed_in(member("admin")).get(reverse("audit:list", args=[tenant.slug])).content.decode()
        assert "Li Wei joined as Member by their address at acme.example." in log

    @pytest.mark.parametrize(
        "email", ["li@other.example", "li@sub.acme.example", "acme.example@other.example"]
    )
    def test_others_are_offered_nothing(
        self, tenant: Tenant, proved: DomainClaim, signed_in: SignIn, email: str
    ) -> None:
        stranger = person(email=email)
        client = signed_in(stranger)

        assert tenant.name not in client.get(reverse("workspace_create")).content.decode()
        assert client.post(reverse("tenancy_domain:join")).status_code == 404
        with workspaces.acting_as(stranger):
            assert not Tenant.objects.exists()

    def test_an_unconfirmed_address_opens_nothing(self, proved: DomainClaim, colleague: User) -> None:
        EmailAddress.objects.filter(user=colleague).update(verified=False)

        with pytest.raises(DomainNotYours):
            domain_join(user_id=colleague.id)

    def test_a_claim_without_proof_opens_nothing(self, claim: DomainClaim, colleague: User) -> None:
        with pytest.raises(DomainNotYours):
            domain_join(user_id=colleague.id)

    def test_where_the_plan_has_no_seat_left_nobody_joins(
        self, tenant: Tenant, proved: DomainClaim, colleague: User
    ) -> None:
        plans.override(tenant, "members.seats", 1)

        with pytest.raises(DomainNotYours, match="no seat left"):
            domain_join(user_id=colleague.id)

    def test_who_was_removed_needs_an_invitation(
        self, tenant: Tenant, proved: DomainClaim, colleague: User, as_tenant: Any
    ) -> None:
        domain_join(user_id=colleague.id)
        with as_tenant(tenant):
            member_remove(membership_id=place_of(tenant, colleague).id)

        with pytest.raises(DomainNotYours):
            domain_join(user_id=colleague.id)
        with as_tenant(tenant):
            invitation = invitation_create(email=colleague.email, role="viewer")
        invitation_accept(token=token_of(invitation.id), user_id=colleague.id)
        assert place_of(tenant, colleague).role == "viewer"

    def test_who_is_suspended_stays_so(
        self, tenant: Tenant, proved: DomainClaim, colleague: User, as_tenant: Any, signed_in: SignIn
    ) -> None:
        domain_join(user_id=colleague.id)
        with as_tenant(tenant):
            member_suspend(membership_id=place_of(tenant, colleague).id)
        client = signed_in(colleague)

        assert tenant.name not in client.get(reverse("workspace_create")).content.decode()
        client.post(reverse("tenancy_domain:join"))
        assert place_of(tenant, colleague).suspended_at

    def test_a_domain_given_up_opens_nothing(
        self, tenant: Tenant, proved: DomainClaim, colleague: User, member: Any, signed_in: SignIn
    ) -> None:
        signed_in(member("admin")).post(page(tenant, "domain_withdraw", proved.id))

        assert claim_for(colleague.id) is None

    def test_a_role_that_a_domain_gives_stays(self, tenant: Tenant, as_tenant: Any) -> None:
        with as_tenant(tenant):
            role = role_create(name="Guest", permission_names=["members.read"])
            domain_claim(domain=DOMAIN, mailbox="admin", role=role.key)
            with pytest.raises(RoleInUse) as refused:
                role_delete(role_id=role.id)
        assert "1 domain" in str(refused.value.message)

    def test_few_queries(
        self, proved: DomainClaim, colleague: User, signed_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(colleague)
        client.get(reverse("workspace_create"))
        with django_assert_max_num_queries(8):
            client.get(reverse("workspace_create"))


def claim_for_nobody(claim: DomainClaim) -> DomainClaim | None:
    """Return what somebody at the claim's domain is offered."""
    return claim_for(person(email=f"somebody@{claim.domain}").id)
