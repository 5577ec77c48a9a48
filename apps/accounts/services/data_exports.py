"""Giving people what is kept of them: gathered in the background, then fetched once."""

import io
import json
from datetime import timedelta
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.urls import reverse

from apps.accounts.interface import DataGone
from apps.accounts.models import DataExport, User
from apps.accounts.services.acts import act_record
from apps.core import clock, privacy, scope
from apps.core.mail import compose
from apps.jobs.interface import jobs
from apps.tenancy.interface import tenancy

GOOD_FOR = timedelta(days=1)
KEPT_FOR = timedelta(days=30)  # that there was one


def data_export_begin(*, user: User) -> DataExport:
    """Have a person's data gathered, unless that is under way or was not fetched yet."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        newest = data_export_of(user)
        if newest and (newest.is_waiting or newest.is_ready):
            return newest
        export = DataExport.objects.create(user=user)
        act_record(action="account.data_asked_for", user=user)
        with scope.use(tenant_id=None, user_id=user.id):
            jobs().enqueue(task="accounts.gather_data", arguments={"export_id": str(export.id)})
    return export


def data_export_of(user: User) -> DataExport | None:
    """Return what a person asked for last, without its content."""
    return DataExport.objects.filter(user=user).order_by("-asked_at").defer("content").first()


def data_export_gather(*, export_id: UUID, user_id: UUID) -> None:
    """Gather a person's data, and mail them that it is there. May be called again after a failure."""
    with scope.use(role="platform", tenant_id=None, user_id=user_id):
        with transaction.atomic():
            asked = DataExport.objects.select_for_update(of=("self",)).select_related("user")
            export = asked.filter(id=export_id).first()
            if export is None:  # They were erased meanwhile.
                return
            if export.ready_at is None:
                export.content = _zip(user_id)
                export.ready_at = clock.now()
                export.expires_at = export.ready_at + GOOD_FOR
                export.save(update_fields=["content", "ready_at", "expires_at"])
        compose(
            "accounts/email/data_ready",
            to=export.user.email,
            language=export.user.language,
            time_zone=export.user.time_zone,
            context={"url": settings.BASE_URL + reverse("account:data"), "expires_at": export.expires_at},
        ).send()


def data_export_take(*, user: User, export_id: UUID) -> bytes:
    """Return the ZIP file, which is gone by that.

    :raises DataGone: if it is not theirs, was fetched, is too old or not there yet
    """
    with transaction.atomic():
        export = DataExport.objects.select_for_update().filter(user=user, id=export_id).first()
        if export is None or not export.is_ready:
            raise DataGone
        content = bytes(export.content or b"")
        export.content, export.fetched_at = None, clock.now()
        export.save(update_fields=["content", "fetched_at"])
        act_record(action="account.data_fetched", user=user)
    return content


def data_exports_forget() -> None:
    """Delete what was not fetched in time or never gathered, and, later, that there was something."""
    now = clock.now()
    with scope.as_role("platform"), transaction.atomic():
        DataExport.objects.filter(expires_at__lte=now, content__isnull=False).update(content=None)
        DataExport.objects.filter(expires_at__lte=now - KEPT_FOR).delete()
        DataExport.objects.filter(ready_at=None, asked_at__lte=now - DataExport.GATHERED_WITHIN).delete()


def _zip(user_id: UUID) -> bytes:
    """Return one JSON file for each kind of rows that some module keeps."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, rows in _gathered(user_id).items():
            archive.writestr(
                f"{name}.json", json.dumps(rows, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
            )
    return buffer.getvalue()


def _gathered(user_id: UUID) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for keeper in reversed(privacy.keepers()):
        for cell in tenancy().list_cells() if keeper.in_cells else [None]:
            with scope.use(cell=cell):
                for name, rows in keeper.tell(user_id=user_id).items():
                    found.setdefault(name, []).extend(rows)
    return found
