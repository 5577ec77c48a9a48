"""What every module's `admin.py` builds on: pages for staff that show, don't change, and leave a trace.

They run on the platform role, which row security does not hold back. So they filter by tenant themselves.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core import scope
from apps.core.repeatable import last_line
from apps.core.step_up import step_up


class Site(admin.AdminSite):
    """The back office as its pages know it; `apps.admin` fills it in."""

    #: Gives links to tenants' pages, as HTML; set by the module that owns them.
    tenant_links: Callable[[Iterable[UUID]], Mapping[UUID, str]]

    def record_list(self, *, model: type[Model], search: str) -> None:
        """Note in the audit log that staff saw a list: of the tenant in scope, or of all."""
        raise NotImplementedError

    def record_view(self, *, row: Model, tenant_id: UUID | None) -> None:
        """Note in the tenant's audit log that staff saw a row."""
        raise NotImplementedError

    def record_change(
        self, *, row: Model, tenant_id: UUID | None, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Note in the tenant's audit log that staff changed a row."""
        raise NotImplementedError

    def ask_for_tenant(self, request: HttpRequest) -> HttpResponse:
        """Send staff to where they choose a workspace."""
        raise NotImplementedError

    def show_history(self, *, row_id: str) -> HttpResponse:
        """Send staff to what the audit log says of a row."""
        raise NotImplementedError


class BackofficeModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Pages about one model, for any member of staff. Nothing is deleted or changed in masses.

    Who changes something has shown lately who they are. The audit log tells of what was shown, and of changes too,
    instead of Django's own log.
    """

    admin_site: Site
    #: The fields that staff may change; all others are shown only.
    editable: tuple[str, ...] = ()
    #: Whether staff may add rows.
    addable = False

    actions = None
    show_full_result_count = False
    list_per_page = 50

    def tenant_of(self, row: Any) -> UUID | None:
        """Return the tenant whose audit log tells of this row; None if it belongs to no tenant."""
        return getattr(row, "tenant_id", None)

    def waiting(self) -> dict[str, Any]:
        """Return the lookups that find what waits for staff; the home page counts it. Empty if nothing ever does."""
        return {}

    # Any member of staff may look. What else they may do depends on the page, not on Django's permissions.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable) and self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.addable and self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = self.fields or [field.name for field in self.opts.fields]
        return [str(name) for name in shown if name not in self.editable]

    # What is seen and done is recorded.

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if response.status_code == 200:
            self.admin_site.record_list(model=self.model, search=request.GET.get("q", ""))
        return response

    @step_up
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask first: what is typed would be lost by it."""
        return super().add_view(request, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            self.admin_site.record_view(row=obj, tenant_id=self.tenant_of(obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    @step_up
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.admin_site.record_change(
            row=obj,
            tenant_id=self.tenant_of(obj),
            before={name: form.initial[name] for name in form.changed_data} if change else {},
            after={name: form.cleaned_data[name] for name in form.changed_data},
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave Django's own log empty: it would keep people's names for good."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As above."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the row's entries in the audit log."""
        return self.admin_site.show_history(row_id=object_id)


class _TenantChangeList(ChangeList):
    """A list that stays in the chosen tenant when one of its rows is opened."""

    def get_filters_params(self, params: Any = None) -> Any:
        # The page's queryset is narrowed already, also where the table has no such column.
        return {
            name: value for name, value in super().get_filters_params(params).items() if name != "tenant_id"
        }

    def url_for_result(self, result: Any) -> str:
        url = super().url_for_result(result)
        tenant_id = scope.current().tenant_id
        return f"{url}?{urlencode({'tenant_id': str(tenant_id)})}" if tenant_id else url


class TenantModelAdmin(BackofficeModelAdmin):
    """Pages about rows of tenants: of the one that `?tenant_id=` chooses, and of no other.

    Without a choice, models in `public` show the rows of all; models in a cell ask for one first.
    """

    change_form_template = "admin/tenant_row.html"
    change_list_template = "admin/tenant_list.html"

    @property
    def is_in_cell(self) -> bool:
        return getattr(apps.get_app_config(self.opts.app_label), "placement", "shared") == "cell"

    def list_url(self, tenant_id: UUID) -> str:
        """Return the address of a tenant's list."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return reverse(name, query={"tenant_id": tenant_id})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        tenant_id = scope.current().tenant_id
        rows = super().get_queryset(request)
        return self.of_tenant(rows, tenant_id) if tenant_id else rows

    def of_tenant(self, rows: QuerySet[Any], tenant_id: UUID) -> QuerySet[Any]:
        """Return a tenant's rows."""
        return rows.filter(tenant_id=tenant_id)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _TenantChangeList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        found = super().get_changelist_instance(request)
        tenants = {row: tenant_id for row in found.result_list if (tenant_id := self.tenant_of(row))}
        links = self.admin_site.tenant_links(set(tenants.values()))
        for row, tenant_id in tenants.items():
            row.tenant_link = links.get(tenant_id)
        return found

    @admin.display(description=_("workspace"))
    def workspace(self, row: Any) -> str:
        """Name the row's tenant, with a link to it."""
        tenant_id = self.tenant_of(row)
        if tenant_id and not hasattr(row, "tenant_link"):
            row.tenant_link = self.admin_site.tenant_links([tenant_id]).get(tenant_id)
        return (tenant_id and row.tenant_link) or "—"

    # A cell's tables can't be read before it is known which cell.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) and not self._lacks_tenant()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self._lacks_tenant():
            return self.admin_site.ask_for_tenant(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if self._lacks_tenant():
            return self.admin_site.ask_for_tenant(request)
        tenant_id = scope.current().tenant_id
        extra = {"list_url": self.list_url(tenant_id)} if tenant_id else {}
        return super().changeform_view(request, object_id, form_url, extra | (extra_context or {}))

    def _lacks_tenant(self) -> bool:
        return self.is_in_cell and scope.current().tenant_id is None


class RepeatableAdmin(TenantModelAdmin):
    """Pages about work that is given up after some tries. Staff have it done again, or discard it."""

    actions = ["replay", "discard"]  # type: ignore[assignment]
    replay_rows: Callable[[Iterable[UUID]], int]
    discard_rows: Callable[[Iterable[UUID]], int]

    def failed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return those rows that were given up."""
        raise NotImplementedError

    @admin.display(description=_("error"))
    def why(self, row: Any) -> str:
        return last_line(row.error)

    @admin.action(description=_("Replay the chosen ones"))
    def replay(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        count = self._decide(rows, self.replay_rows, "replay")
        text = ngettext("%(count)d will run again.", "%(count)d will run again.", count)
        self.message_user(request, text % {"count": count})

    @admin.action(description=_("Discard the chosen ones"))
    def discard(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        count = self._decide(rows, self.discard_rows, "discard")
        text = ngettext("%(count)d was discarded.", "%(count)d were discarded.", count)
        self.message_user(request, text % {"count": count})

    def _decide(self, rows: QuerySet[Any], act: Callable[[Iterable[UUID]], int], word: str) -> int:
        failed = list(self.failed(rows))
        for row in failed:
            self.admin_site.record_change(
                row=row, tenant_id=self.tenant_of(row), before={}, after={"decision": word}
            )
        return act([row.pk for row in failed])


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that are shown beneath the one they belong to."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def tenant_pages(site: admin.AdminSite, tenant_id: UUID) -> list[tuple[str, str]]:
    """Return label and address of every list that can be narrowed to a tenant."""
    return [
        (str(page.opts.verbose_name_plural), page.list_url(tenant_id))
        for page in site._registry.values()
        if isinstance(page, TenantModelAdmin)
    ]
