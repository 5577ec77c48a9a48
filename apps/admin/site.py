"""The back office: Django's admin for staff, without its doors of its own, and with every look recorded."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.accounts.interface import accounts
from apps.admin.middleware import is_staff
from apps.audit.interface import audit
from apps.core import scope, step_up
from apps.core.backoffice import BackofficeModelAdmin, Site
from apps.core.errors import NotFound
from apps.core.step_up import StepUpRequired
from apps.tenancy.interface import SECOND_STEPS


class BackofficeSite(Site):
    site_header = settings.PRODUCT_NAME
    site_title = gettext_lazy("Staff")
    index_title = gettext_lazy("Back office")
    index_template = "admin/home.html"

    def register(self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any) -> None:
        """Register pages of our own kind. Those that libraries bring would show people's data unrecorded."""
        if admin_class is not None and issubclass(admin_class, BackofficeModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    # Who comes in. People log in where everybody does: there are no second doors.

    def has_permission(self, request: HttpRequest) -> bool:
        return is_staff(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        def for_staff(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if _lacks_second_step(request):
                return _to_second_step(request)
            if self.has_permission(request):
                return guarded(request, *args, **kwargs)
            return _turn_away(request, request.get_full_path())

        return for_staff

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_permission(request):
            return redirect("admin:index")
        return _turn_away(request, "/admin/")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return _log_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")

    def get_urls(self) -> list[Any]:
        """Leave out the short cut to a row's public page: our rows have none."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Answer as if it did not exist: it would list people unrecorded."""
        raise NotFound

    # What they see.

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show what waits for staff above all lists."""
        return super().index(request, {"waiting": self._waiting(request)} | (extra_context or {}))

    def _waiting(self, request: HttpRequest) -> list[dict[str, Any]]:
        found = []
        for page in cast("Iterable[BackofficeModelAdmin]", self._registry.values()):
            lookups = page.waiting()
            if lookups and (count := page.get_queryset(request).filter(**lookups).count()):
                name = f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"
                found.append({"page": page.opts, "count": count, "url": reverse(name, query=lookups)})
        return found

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"workspace": getattr(request, "workspace", None)}

    def ask_for_tenant(self, request: HttpRequest) -> HttpResponse:
        messages.info(request, _("Choose a workspace first. Its page leads to its data."))
        return redirect("admin:tenancy_tenant_changelist")

    def show_history(self, *, row_id: str) -> HttpResponse:
        return redirect(reverse("admin:audit_auditentry_changelist", query={"target_id": row_id}))

    # What the audit log says of it. With no tenant in scope, the entry belongs to none.

    def record_list(self, *, model: type[Model], search: str) -> None:
        after = {"search": search} if search else {}
        _record("backoffice.listed", model, None, str(model._meta.verbose_name_plural), after=after)

    def record_view(self, *, row: Model, tenant_id: UUID | None) -> None:
        with scope.use(tenant_id=tenant_id):
            _record("backoffice.viewed", type(row), row.pk, _named(row))

    def record_change(
        self, *, row: Model, tenant_id: UUID | None, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        with scope.use(tenant_id=tenant_id):
            values = {"before": _plain(before), "after": _plain(after)}
            _record("backoffice.changed", type(row), row.pk, _named(row), **values)


def _lacks_second_step(request: HttpRequest) -> bool:
    """Tell whether a session of staff was never shown one. It may be older than the person's second step."""
    if not (settings.STAFF_NEED_SECOND_STEP and is_staff(request)):
        return False
    return SECOND_STEPS.isdisjoint(step_up.methods(request.session))


def _to_second_step(request: HttpRequest) -> HttpResponse:
    if accounts().has_second_step(user_id=scope.user_id()):
        raise StepUpRequired
    messages.warning(request, _("Staff need a second step. Turn on codes from an app, or add a passkey."))
    return redirect("account:security")


def _turn_away(request: HttpRequest, wanted: str) -> HttpResponse:
    if request.user.is_authenticated:
        raise NotFound
    return redirect_to_login(wanted)


@require_POST
def _log_out(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("landing")


def _record(
    action: str, model: type[Model], row_id: UUID | None, label: str, **values: dict[str, Any]
) -> None:
    with transaction.atomic():
        audit().record(
            action=action,
            target_type=str(model._meta.model_name),
            target_id=row_id,
            target_label=label,
            **values,
        )


def _named(row: Model) -> str:
    return f"{row._meta.verbose_name} “{row}”"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Write moments as text, for the log keeps JSON."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }
