"""Which plan a workspace has, and what staff grant it besides, or take."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core import answers, clock, scope
from apps.core.backoffice import TenantModelAdmin
from apps.entitlements import catalogue
from apps.entitlements.models import CurrentPlan, Override
from apps.entitlements.selectors import version_of
from apps.entitlements.services import override_end

VALUES = _("1 grants a feature, 0 takes it. For a limit: how many; empty for no limit.")


@admin.register(CurrentPlan)
class CurrentPlanAdmin(TenantModelAdmin):
    list_display = ["workspace", "plan", "standing", "until", "ends_at", "changed_at"]
    list_filter = ["standing"]
    search_fields = ["plan", "source"]
    ordering = ["-changed_at", "id"]
    fields = ["workspace", "plan", "standing", "until", "ends_at", "trial_end", "source", "changed_at"]


class OverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    """Asks what is granted, until when and why. On a change, when it ends and why."""

    name = forms.ChoiceField(label=_("Feature or limit"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["reason"] = ""
        if "name" in self.fields:
            declared = [*catalogue.features(), *catalogue.limits()]
            self.fields["name"].choices = [(each.name, each.label) for each in declared]  # type: ignore[attr-defined]
            self.fields["value"].help_text = VALUES

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        is_feature = given.get("name") in {feature.name for feature in catalogue.features()}
        if is_feature and "value" not in self.errors and given.get("value") not in (0, 1):
            self.add_error("value", _("Enter 1 to grant the feature, or 0 to take it."))
        return given


@admin.register(Override)
class OverrideAdmin(TenantModelAdmin):
    form = OverrideForm
    list_display = ["name", "value", "workspace", "starts_at", "ends_at", "reason"]
    ordering = ["-starts_at", "-id"]
    fields = ["workspace", "name", "value", "starts_at", "ends_at", "reason", "granted_by"]
    editable = ("ends_at", "reason")
    addable = True
    actions = ["end"]  # type: ignore[assignment]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # For which workspace is said by `?tenant_id=`.
        return scope.current().tenant_id is not None and super().has_add_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        chosen = [] if obj else ["name", "value"]
        return [name for name in super().get_readonly_fields(request, obj) if name not in chosen]

    def save_model(self, request: HttpRequest, obj: Override, form: Any, change: bool) -> None:
        if not change:
            obj.granted_by = scope.current().actor.id
        super().save_model(request, obj, form, change)
        answers.changing(version_of(obj.tenant_id))

    @admin.action(description=_("End the chosen ones now"))
    def end(self, request: HttpRequest, rows: QuerySet[Override]) -> None:
        for row in rows.filter(ends_at__gt=clock.now()):
            before = {"ends_at": row.ends_at}
            override_end(override=row)
            self.admin_site.record_change(
                row=row, tenant_id=row.tenant_id, before=before, after={"ends_at": row.ends_at}
            )
