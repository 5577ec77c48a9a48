"""The pages on which filters of the list of signals are saved, changed and deleted."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import permissions
from apps.core.errors import Conflict, Invalid
from apps.core.http.forms import add_errors
from apps.radar import selectors
from apps.radar.filters import SignalFilter
from apps.radar.forms import SavedFilterForm
from apps.radar.models import SavedFilter
from apps.radar.services.saved_filters import saved_filter_add, saved_filter_change, saved_filter_delete
from apps.radar.views.lists import list_query, saved_address


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, workspace: str) -> HttpResponse:
    """Save the filter that the list had when the person left it."""
    permissions.require("radar.read")
    form = SavedFilterForm(request.POST or None)
    if form.is_valid():
        try:
            saved = saved_filter_add(query=_present(request), **form.cleaned_data)
        except (Invalid, Conflict) as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Filter saved."))
            return redirect(saved_address(saved, workspace))
    return _page(request, form)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, workspace: str, saved_filter_id: UUID) -> HttpResponse:
    """Rename a saved filter, share it, open the list with it, or have it keep what the list shows now."""
    saved = selectors.saved_filter(saved_filter_id)
    permissions.require("radar.share" if saved.is_shared else "radar.read")
    form = SavedFilterForm(request.POST or None, initial=vars(saved))
    if form.is_valid():
        query = _present(request) if request.POST.get("takes_present") else None
        try:
            saved = saved_filter_change(saved_filter_id=saved.id, query=query, **form.cleaned_data)
        except (Invalid, Conflict) as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Changes saved."))
            return redirect(saved_address(saved, workspace))
    return _page(request, form, saved)


@require_POST
def delete(request: HttpRequest, workspace: str, saved_filter_id: UUID) -> HttpResponse:
    """Delete a saved filter."""
    saved = saved_filter_delete(saved_filter_id=saved_filter_id)
    messages.success(request, _("The filter %(name)s was deleted.") % {"name": saved.name})
    return redirect("radar:signals", workspace)


def _present(request: HttpRequest) -> str:
    """Return what of the list's address is a filter."""
    given = QueryDict(list_query(request), mutable=True)
    known = SignalFilter(given, queryset=selectors.signals()).form.fields
    for name in set(given) - set(known):
        del given[name]
    return given.urlencode()


def _in_words(query: str) -> list[str]:
    return SignalFilter(QueryDict(query), queryset=selectors.signals()).in_words()


def _page(request: HttpRequest, form: SavedFilterForm, saved: SavedFilter | None = None) -> HttpResponse:
    present = _present(request)
    context = {
        "form": form,
        "saved": saved,
        "words": _in_words(saved.query if saved else present),
        "present": _in_words(present) if saved and present and present != saved.query else None,
        "list_query": list_query(request),
    }
    return render(request, "radar/saved_filter_form.html", context, status=422 if form.is_bound else 200)
