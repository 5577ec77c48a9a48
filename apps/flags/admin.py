"""Switching feature flags: for a share of the workspaces, or for one of them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.core import flags, scope
from apps.core.backoffice import BackofficeModelAdmin, TenantModelAdmin
from apps.flags.models import FlagException, FlagShare
from apps.flags.selectors import forget_switches
from apps.flags.services import shares_complete


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Asks for a new reason with every change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["reason"] = ""


class _Switching:
    """Makes a saved change take effect."""

    def save_model(self, *args: Any) -> None:
        super().save_model(*args)  # type: ignore[misc]
        transaction.on_commit(forget_switches)


@admin.register(FlagShare)
class FlagShareAdmin(_Switching, BackofficeModelAdmin):
    form = ReasonForm
    list_display = ["flag", "percent", "description", "owner", "ends_on", "reason"]
    ordering = ["flag"]
    fields = ["flag", "description", "owner", "ends_on", "percent", "reason"]
    editable = ("percent", "reason")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(flag__in=[flag.name for flag in flags.declared()])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shares_complete()
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("what it does"))
    def description(self, row: FlagShare) -> str:
        return str(flags.get(row.flag).description)

    @admin.display(description=_("owner"))
    def owner(self, row: FlagShare) -> str:
        return flags.get(row.flag).owner

    @admin.display(description=_("ends"))
    def ends_on(self, row: FlagShare) -> Any:
        return flags.get(row.flag).ends_on


class ExceptionForm(ReasonForm):
    flag = forms.ChoiceField(label=_("Flag"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "flag" in self.fields:
            self.fields["flag"].choices = [(found.name, found.name) for found in flags.declared()]  # type: ignore[attr-defined]

    def clean_flag(self) -> str:
        flag: str = self.cleaned_data["flag"]
        if FlagException.objects.filter(tenant_id=scope.tenant_id(), flag=flag).exists():
            raise forms.ValidationError(_("This workspace has an exception for the flag. Change that one."))
        return flag


@admin.register(FlagException)
class FlagExceptionAdmin(_Switching, TenantModelAdmin):
    form = ExceptionForm
    list_display = ["flag", "state", "workspace", "reason"]
    ordering = ["flag", "id"]
    fields = ["workspace", "flag", "state", "reason"]
    editable = ("state", "reason")
    addable = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(flag__in=[flag.name for flag in flags.declared()])

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Of which workspace is said by `?tenant_id=`.
        return scope.current().tenant_id is not None and super().has_add_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in super().get_readonly_fields(request, obj) if obj or name != "flag"]
