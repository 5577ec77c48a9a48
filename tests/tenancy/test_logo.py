"""The workspace's logo: who sets it, who sees it, and what becomes of hostile files."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from apps.accounts.models import User
from apps.core import scope
from apps.core.errors import PermissionDenied
from apps.core.images import MOST_BYTES
from apps.tenancy.models import Tenant
from apps.tenancy.services import logo
from apps.tenancy.services.logo import logo_remove, logo_set
from tests.factories.tenancy import picture

SignIn = Callable[[User], Client]
Member = Callable[..., User]
InTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture
def red() -> bytes:
    return picture()


def kept(tenant: Tenant) -> list[str]:
    files = storages["tenants"]
    return files.listdir(str(tenant.id))[1] if files.exists(str(tenant.id)) else []


def logo_of(tenant: Tenant) -> str:
    with scope.use(tenant_id=tenant.id):
        return Tenant.objects.get().logo_key


class TestSetting:
    def test_an_upload_is_shown_in_the_switcher(
        self, tenant: Tenant, member: Member, signed_in: SignIn, red: bytes
    ) -> None:
        client = signed_in(member("admin"))
        sent = {"image": SimpleUploadedFile("../../logo.svg", red, "image/svg+xml")}

        client.post(reverse("tenancy:logo_change", args=[tenant.slug]), sent)

        page = client.get(reverse("tenancy:members", args=[tenant.slug])).content.decode()
        address = f"/w/{tenant.slug}/logo/?v="
        assert address in page
        shown = client.get(f"/w/{tenant.slug}/logo/")
        content = b"".join(shown)  # type: ignore[arg-type]
        assert Image.open(BytesIO(content)).format == "WEBP"
        assert shown["Content-Type"] == "image/webp"
        assert shown["Content-Disposition"].startswith("inline")
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert shown["Cache-Control"].startswith("private")
        assert "sandbox" in shown["Content-Security-Policy"]

    def test_a_new_one_takes_the_place_of_the_old(
        self, tenant: Tenant, as_tenant: InTenant, red: bytes
    ) -> None:
        with as_tenant(tenant):
            first = logo_set(content=red).logo_key
            second = logo_set(content=red).logo_key
            assert first != second
        assert kept(tenant) == [second.partition("/")[2]]

    def test_removing_it_deletes_the_file(self, tenant: Tenant, as_tenant: InTenant, red: bytes) -> None:
        with as_tenant(tenant):
            logo_set(content=red)
            logo_remove()
        assert (kept(tenant), logo_of(tenant)) == ([], "")

    def test_no_file_is_left_when_the_change_fails(
        self, tenant: Tenant, as_tenant: InTenant, red: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(event: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(logo, "publish", fail)
        with as_tenant(tenant), pytest.raises(RuntimeError):
            logo_set(content=red)
        assert (kept(tenant), logo_of(tenant)) == ([], "")

    def test_the_new_one_is_kept_when_the_old_can_not_be_deleted(
        self, tenant: Tenant, as_tenant: InTenant, red: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(key: str) -> None:
            raise ConnectionError

        with as_tenant(tenant):
            logo_set(content=red)
            monkeypatch.setattr(logo.storage, "delete", fail)
            with pytest.raises(ConnectionError):
                logo_set(content=red)
        monkeypatch.undo()
        assert logo_of(tenant).partition("/")[2] in kept(tenant)

    @pytest.mark.parametrize("content", [b"", b"<svg><script>alert(1)</script></svg>", b"GIF89a;"])
    def test_what_is_no_picture_is_said(
        self, tenant: Tenant, member: Member, signed_in: SignIn, content: bytes
    ) -> None:
        client = signed_in(member("admin"))
        sent = {"image": SimpleUploadedFile("logo.png", content, "image/png")}

        page = client.post(reverse("tenancy:logo_change", args=[tenant.slug]), sent, follow=True)

        assert "no picture that we can read" in page.content.decode()
        assert logo_of(tenant) == ""

    def test_one_that_is_too_large_is_said(self, tenant: Tenant, member: Member, signed_in: SignIn) -> None:
        sent = {"image": SimpleUploadedFile("logo.png", b"x" * (MOST_BYTES + 1), "image/png")}

        page = signed_in(member("admin")).post(
            reverse("tenancy:logo_change", args=[tenant.slug]), sent, follow=True
        )

        assert "at most 5 MB" in page.content.decode()
        assert logo_of(tenant) == ""

    def test_what_it_was_called_does_not_matter(
        self, tenant: Tenant, member: Member, signed_in: SignIn, red: bytes
    ) -> None:
        sent = {"image": SimpleUploadedFile("../../evil.svg", red, "image/svg+xml")}

        signed_in(member("admin")).post(reverse("tenancy:logo_change", args=[tenant.slug]), sent)

        assert logo_of(tenant).endswith("-logo.webp")

    def test_nothing_sent_is_no_error_of_ours(
        self, tenant: Tenant, member: Member, signed_in: SignIn
    ) -> None:
        client = signed_in(member("admin"))

        answer = client.post(reverse("tenancy:logo_change", args=[tenant.slug]), {"image": "text"})

        assert answer.status_code == 302


class TestWalls:
    def test_members_look_and_change_nothing(
        self, tenant: Tenant, member: Member, signed_in: SignIn, as_tenant: InTenant, red: bytes
    ) -> None:
        with as_tenant(tenant):
            logo_set(content=red)
        client = signed_in(member("viewer"))

        shown = client.get(reverse("tenancy:logo", args=[tenant.slug]))
        assert shown.status_code == 200
        for name in ("tenancy:logo_change", "tenancy:logo_remove"):
            assert client.post(reverse(name, args=[tenant.slug])).status_code == 403
        with as_tenant(tenant, role="member"), pytest.raises(PermissionDenied):
            logo_set(content=red)

    def test_others_find_nothing(
        self, tenant: Tenant, as_tenant: InTenant, person: User, signed_in: SignIn, red: bytes
    ) -> None:
        with as_tenant(tenant):
            logo_set(content=red)

        assert signed_in(person).get(reverse("tenancy:logo", args=[tenant.slug])).status_code == 404

    def test_without_one_there_is_none(self, tenant: Tenant, member: Member, signed_in: SignIn) -> None:
        assert signed_in(member()).get(reverse("tenancy:logo", args=[tenant.slug])).status_code == 404
