"""Who comes into the back office, and by which door."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import scope
from apps.core.backoffice import BackofficeModelAdmin
from apps.tenancy.models import Tenant
from tests.accounts.test_second_steps import code_of
from tests.admin.test_pages import management_form
from tests.factories.accounts import PASSWORD, let_time_pass


@pytest.mark.parametrize("address", ["/admin/", "/admin/accounts/user/?is_staff__exact=1&q=ana"])
def test_a_visitor_is_sent_to_our_own_log_in_and_back(client: Client, db: None, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    page, _mark, query = response.url.partition("?")
    assert page == reverse("account_login")
    assert query == f"next={address.replace('?', '%3F').replace('=', '%3D').replace('&', '%26')}"


def test_djangos_own_log_in_page_is_no_door(client: Client, person: User) -> None:
    answer = client.post("/admin/login/", {"username": person.email, "password": "correct horse battery"})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("address", ["/admin/", "/admin/accounts/user/", "/admin/login/"])
def test_for_a_member_of_a_workspace_it_does_not_exist(
    address: str, member: Callable[..., User], signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(member("owner")).get(address).status_code == 404


def test_a_superuser_who_is_not_staff_stays_out(person: User, signed_in: Callable[[User], Client]) -> None:
    person.is_superuser = True
    with scope.as_role("platform"):
        person.save()
    assert signed_in(person).get("/admin/").status_code == 404


def test_staff_who_were_deactivated_are_out_at_once(staff: Client, staff_member: User) -> None:
    assert staff.get("/admin/").status_code == 200
    staff_member.is_active = False
    staff_member.save()
    assert staff.get("/admin/").status_code == 302


def test_staff_without_a_second_step_are_led_to_where_they_get_one(
    staff: Client, staff_member: User, settings: Any
) -> None:
    settings.STAFF_NEED_SECOND_STEP = True
    assert staff.get("/admin/accounts/user/").url == reverse("account:security")
    assert b"Staff need a second step" in staff.get(reverse("account:security")).content


def test_a_session_from_before_the_second_step_is_asked_for_it(
    staff: Client, staff_member: User, settings: Any
) -> None:
    settings.STAFF_NEED_SECOND_STEP = True
    totp.TOTP.activate(staff_member, key := totp.generate_totp_secret())

    asked = staff.get("/admin/accounts/user/").url
    assert asked == f"{reverse('account_reauthenticate')}?next=/admin/accounts/user/"
    assert staff.post("/admin/accounts/user/").status_code == 302
    assert staff.post(asked, {"password": PASSWORD}, follow=True).status_code == 200
    assert staff.get("/admin/accounts/user/").status_code == 302

    given = {"code": code_of(key), "next": "/admin/accounts/user/"}
    assert staff.post(reverse("mfa_reauthenticate"), given).url == "/admin/accounts/user/"
    assert staff.get("/admin/accounts/user/").status_code == 200


def test_who_logged_in_long_ago_is_asked_again_before_they_change_anything(
    staff: Client, person: User, tenant: Tenant
) -> None:
    shown, shut = f"/admin/accounts/user/{person.id}/change/", f"/admin/tenancy/tenant/{tenant.id}/suspend/"
    let_time_pass(staff)

    assert staff.get(shown).status_code == 200
    asked = reverse("account_reauthenticate")
    assert staff.post(shown, management_form()).url.startswith(asked)
    assert staff.post(shut, {"reason": "Unpaid"}).url.startswith(asked)
    for form in (
        shut,
        f"/admin/entitlements/override/add/?tenant_id={tenant.id}",
    ):  # before anything is typed
        assert staff.get(form).url.startswith(asked)

    with scope.as_role("platform"):
        person.refresh_from_db()
        tenant.refresh_from_db()
    assert person.is_active
    assert tenant.suspended_at is None


def test_staff_change_their_password_where_everybody_does(staff: Client) -> None:
    assert staff.get("/admin/password_change/").url == reverse("account_change_password")


def test_staff_log_out_with_a_form(staff: Client) -> None:
    assert staff.get("/admin/logout/").status_code == 405
    assert staff.post("/admin/logout/").url == reverse("landing")
    assert staff.get("/admin/").status_code == 302


def test_staff_see_no_workspace_from_inside_that_they_are_not_in(staff: Client, tenant: Tenant) -> None:
    assert staff.get(f"/w/{tenant.slug}/settings/").status_code == 404


def test_pages_of_libraries_are_not_shown() -> None:
    pages = admin.site._registry.values()
    assert pages
    assert all(isinstance(page, BackofficeModelAdmin) for page in pages)


def test_people_are_not_listed_unrecorded(staff: Client) -> None:
    query = {"app_label": "tenancy", "model_name": "membership", "field_name": "user", "term": "a"}
    assert staff.get("/admin/autocomplete/", query).status_code == 404


def test_nothing_is_recorded_for_who_is_turned_away(
    client: Client, tenant: Tenant, recorded: Callable[[], list[AuditEntry]]
) -> None:
    client.get(f"/admin/tenancy/tenant/{tenant.id}/change/")
    assert recorded() == []


@pytest.mark.parametrize(
    "address",
    [
        "/admin/accounts/user/?q=%00",
        "/admin/tenancy/tenant/?cell__kind__exact=%00",
        "/admin/audit/auditentry/?action=%00",
        "/admin/?tenant_id=%00",
        "/admin/r/1/1/",
        "/admin/r/1/%00/",
    ],
)
def test_what_lists_can_not_take_is_refused(staff: Client, address: str) -> None:
    assert staff.get(address).status_code in (400, 404)
