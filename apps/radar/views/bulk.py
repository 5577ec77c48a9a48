"""Acting on many rows of a list at once."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import permissions
from apps.core.errors import Invalid
from apps.radar import selectors
from apps.radar.filters import CompetitorFilter, SignalFilter
from apps.radar.interface import CompetitorExists
from apps.radar.services.bulk import (
    Outcome,
    competitors_delete,
    competitors_restore,
    signals_change,
    signals_delete,
    signals_restore,
)
from apps.radar.views.lists import (
    LIST,
    address,
    chosen_ids,
    list_address,
    list_query,
    read_deletion,
    sign_deletion,
)


@require_POST
def signals(request: HttpRequest, workspace: str) -> HttpResponse:
    """Change or delete the ticked signals, and return to the list as it was filtered."""
    permissions.require("radar.write")
    act = _delete_signals if request.POST.get("action") == "delete" else _change_signals
    return _acted(request, workspace, "radar:signals", act)


@require_POST
def restore_signals(request: HttpRequest, workspace: str) -> HttpResponse:
    """Bring back what was deleted together; `?batch=` is what the toast offered."""
    permissions.require("radar.write")
    outcome = signals_restore(deleted_at=read_deletion(request.GET.get("batch", "")))
    count = {"count": outcome.done}
    messages.success(
        request, ngettext("%(count)d signal is back.", "%(count)d signals are back.", outcome.done) % count
    )
    if outcome.left:
        messages.warning(request, _("Some stay deleted, because their competitor was deleted."))
    return redirect(list_address(request, "radar:signals", workspace))


@require_POST
def competitors(request: HttpRequest, workspace: str) -> HttpResponse:
    """Delete the ticked competitors, and return to the list as it was filtered."""
    permissions.require("radar.write")
    return _acted(request, workspace, "radar:competitors", _delete_competitors)


@require_POST
def restore_competitors(request: HttpRequest, workspace: str) -> HttpResponse:
    """Bring back what was deleted together; `?batch=` is what the toast offered."""
    permissions.require("radar.write")
    back = list_address(request, "radar:competitors", workspace)
    try:
        outcome = competitors_restore(deleted_at=read_deletion(request.GET.get("batch", "")))
    except CompetitorExists as error:
        messages.error(request, str(error.message))
        return redirect(back)
    count = {"count": outcome.done}
    messages.success(
        request,
        ngettext("%(count)d competitor is back.", "%(count)d competitors are back.", outcome.done) % count,
    )
    if outcome.left:
        messages.warning(request, _("Some stay deleted, because their name has been taken meanwhile."))
    return redirect(back)


def _acted(
    request: HttpRequest, workspace: str, list_name: str, act: Callable[[HttpRequest, str], None]
) -> HttpResponse:
    try:
        act(request, workspace)
    except Invalid as error:
        texts = [text for texts in error.fields.values() for text in texts] or [str(error.message)]
        messages.error(request, " ".join(texts))
    return redirect(list_address(request, list_name, workspace))


def _change_signals(request: HttpRequest, workspace: str) -> None:
    outcome = signals_change(
        signal_ids=chosen_ids(request, SignalFilter, selectors.signals()),
        kind=request.POST.get("kind") or None,
        importance=_whole_number(request.POST.get("importance", "")),
    )
    changed = ngettext("%(count)d signal changed.", "%(count)d signals changed.", outcome.done)
    _say(request, changed % {"count": outcome.done}, outcome)


def _delete_signals(request: HttpRequest, workspace: str) -> None:
    outcome = signals_delete(signal_ids=chosen_ids(request, SignalFilter, selectors.signals()))
    deleted = ngettext("%(count)d signal deleted.", "%(count)d signals deleted.", outcome.done)
    undo = _undo("radar:signals_restore", request, workspace, outcome)
    _say(request, deleted % {"count": outcome.done}, outcome, undo=undo)


def _delete_competitors(request: HttpRequest, workspace: str) -> None:
    outcome = competitors_delete(
        competitor_ids=chosen_ids(request, CompetitorFilter, selectors.competitors())
    )
    deleted = ngettext(
        "%(count)d competitor and its signals were deleted.",
        "%(count)d competitors and their signals were deleted.",
        outcome.done,
    )
    undo = _undo("radar:competitors_restore", request, workspace, outcome)
    _say(request, deleted % {"count": outcome.done}, outcome, undo=undo)


def _undo(name: str, request: HttpRequest, workspace: str, outcome: Outcome) -> str:
    if not outcome.done or not outcome.deleted_at:
        return ""
    return address(name, workspace, batch=sign_deletion(outcome.deleted_at), **{LIST: list_query(request)})


def _say(request: HttpRequest, text: str, outcome: Outcome, *, undo: str = "") -> None:
    """Tell what was done, and what was not: “38 signals changed. 2 were deleted meanwhile.”"""
    parts = [text]
    if outcome.left:
        same = ngettext("%(count)d was already like this.", "%(count)d were already like this.", outcome.left)
        parts.append(same % {"count": outcome.left})
    if outcome.gone:
        gone = ngettext(
            "%(count)d had been deleted meanwhile.", "%(count)d had been deleted meanwhile.", outcome.gone
        )
        parts.append(gone % {"count": outcome.gone})
    level = messages.SUCCESS if outcome.done else messages.WARNING
    messages.add_message(request, level, " ".join(parts), extra_tags=undo)


def _whole_number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise Invalid(_("Choose an importance from the list."))
    return int(text)
