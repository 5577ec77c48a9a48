"""The pages where a workspace chooses what it wants to know about its signals."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions
from apps.core.errors import Conflict, Invalid
from apps.core.http.forms import add_errors
from apps.radar.forms import AttributeForm
from apps.radar.models import Attribute
from apps.radar.selectors.attributes import attribute as attribute_of
from apps.radar.selectors.attributes import attributes
from apps.radar.services.attributes import (
    MOST,
    attribute_add,
    attribute_delete,
    attribute_move,
    attribute_rename,
    attribute_restore,
)
from apps.radar.services.conversion import attribute_convert, conversion_preview


@require_GET
def attribute_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the attributes in their order."""
    permissions.require("radar.configure")
    found = list(attributes())
    return render(request, "radar/attributes.html", {"attributes": found, "is_full": len(found) >= MOST})


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, workspace: str) -> HttpResponse:
    """Add an attribute."""
    permissions.require("radar.configure")
    form = AttributeForm(request.POST or None)
    if form.is_valid():
        try:
            attribute = attribute_add(**form.values)
        except (Invalid, Conflict) as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(name)s can be filled in now.") % {"name": attribute.name})
            return redirect("radar:attributes", workspace)
    return _form_page(request, form)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, workspace: str, attribute_id: UUID) -> HttpResponse:
    """Change an attribute. If that is hard on its values, show first what would become of them."""
    permissions.require("radar.configure")
    attribute = attribute_of(attribute_id)
    form = AttributeForm(request.POST or None, initial=_initial(attribute))
    if form.is_valid():
        try:
            return _change(request, workspace, attribute, form)
        except (Invalid, Conflict) as error:
            add_errors(form, error)
    return _form_page(request, form, attribute)


def _change(request: HttpRequest, workspace: str, attribute: Attribute, form: AttributeForm) -> HttpResponse:
    wanted = {"kind": form.values["kind"], "choices": form.values["choices"]}
    preview = conversion_preview(attribute_id=attribute.id, **wanted)
    if preview.unfit and "drop" not in request.POST:
        context = {"attribute": attribute, "preview": preview, "form": form}
        return render(request, "radar/attribute_preview.html", context)
    attribute_rename(attribute_id=attribute.id, name=form.values["name"])
    attribute_convert(attribute_id=attribute.id, drop_unfit="drop" in request.POST, **wanted)
    messages.success(request, _("Changes saved."))
    return redirect("radar:attributes", workspace)


@require_POST
def move(request: HttpRequest, workspace: str, attribute_id: UUID) -> HttpResponse:
    """Move an attribute one place up or down."""
    attribute_move(attribute_id=attribute_id, by=-1 if request.POST.get("to") == "up" else 1)
    return redirect("radar:attributes", workspace)


@require_POST
def delete(request: HttpRequest, workspace: str, attribute_id: UUID) -> HttpResponse:
    """Take an attribute away; the toast brings it back."""
    attribute = attribute_delete(attribute_id=attribute_id)
    undo = reverse("radar:attribute_restore", args=[workspace, attribute_id])
    messages.success(request, _("%(name)s was deleted.") % {"name": attribute.name}, extra_tags=undo)
    return redirect("radar:attributes", workspace)


@require_POST
def restore(request: HttpRequest, workspace: str, attribute_id: UUID) -> HttpResponse:
    """Bring a deleted attribute back, with its values."""
    try:
        attribute = attribute_restore(attribute_id=attribute_id)
    except Conflict as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("%(name)s is back.") % {"name": attribute.name})
    return redirect("radar:attributes", workspace)


def _initial(attribute: Attribute) -> dict[str, str]:
    return {"name": attribute.name, "kind": attribute.kind, "choices": "\n".join(attribute.choices)}


def _form_page(request: HttpRequest, form: AttributeForm, attribute: Attribute | None = None) -> HttpResponse:
    context = {"form": form, "attribute": attribute}
    return render(request, "radar/attribute_form.html", context, status=422 if form.is_bound else 200)
