"""What the lists of the radar have in common: their filters, pages and ticked rows, and the way back to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core import scope
from apps.core.errors import Invalid
from apps.core.filters import ListFilter
from apps.core.pages import Page, page_of
from apps.radar import selectors
from apps.radar.models import SavedFilter
from apps.radar.services.bulk import MOST

#: The name under which links and forms carry the query of the list that they were shown in.
LIST = "list"
#: The name under which an address carries the saved filter that it came from.
SAVED = "saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of a list. `faults` say why there is none; `matches` counts up to one more than `MOST`."""

    filter: ListFilter
    page: Page[Any]
    query: str
    faults: Sequence[str] = ()
    status: int = 200
    matches: int = 0

    @property
    def can_take_all(self) -> bool:
        """Whether all that match can be ticked at once, because there are more than this page but not too many."""
        return len(self.page.rows) < self.matches <= MOST

    @property
    def is_too_long(self) -> bool:
        return self.matches > MOST


def listing(narrowed: ListFilter, request: HttpRequest) -> Listing:
    """Return the page of a list that the address asks for, or what is wrong with the address."""
    query = request.GET.urlencode()
    if faults := _faults(narrowed, request):
        return Listing(filter=narrowed, page=NO_PAGE, query=query, faults=faults, status=422)
    cursor = request.GET.get("cursor", "")
    try:
        page = page_of(narrowed.qs, cursor=cursor)
    except Invalid as error:
        return Listing(filter=narrowed, page=NO_PAGE, query=query, faults=[str(error.message)], status=400)
    if cursor and not page.rows:  # what stood there was deleted
        page = page_of(narrowed.qs)
    is_part = page.next or page.previous
    matches = narrowed.qs.order_by()[: MOST + 1].count() if is_part else len(page.rows)
    return Listing(filter=narrowed, page=page, query=query, matches=matches)


def _faults(narrowed: ListFilter, request: HttpRequest) -> list[str]:
    faults = [
        f"{narrowed.form[name].label}: {message}"
        for name, messages in narrowed.errors.items()
        for message in messages
    ]
    if SAVED in request.GET:  # it may be older than what can be filtered by
        gone = set(request.GET) - set(narrowed.form.fields) - {SAVED, "cursor"}
        faults += [
            _("The saved filter asks for “%(name)s”, which is no longer there.") % {"name": name}
            for name in sorted(gone)
        ]
    return faults


NO_PAGE: Page[Any] = Page(rows=(), next="", previous="")


def list_query(request: HttpRequest) -> str:
    """Return the query of the list that the person came from, as it may stand in an address."""
    given = request.POST.get(LIST, request.GET.get(LIST, ""))
    return QueryDict(given.encode("ascii", "ignore").decode()[:2000]).urlencode()


def list_address(request: HttpRequest, name: str, workspace: str) -> str:
    """Return the address of a list, as it was filtered when the person left it."""
    query = list_query(request)
    return reverse(name, args=[workspace]) + (f"?{query}" if query else "")


def address(name: str, *arguments: Any, **query: str) -> str:
    """Return an address with those parts of its query that are not empty."""
    given = urlencode({key: value for key, value in query.items() if value})
    return reverse(name, args=arguments) + (f"?{given}" if given else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTabs:
    """The tabs over a list: everything, and each saved filter. `current` is the one that the address came from."""

    items: Sequence[dict[str, Any]]
    current: SavedFilter | None
    all_address: str
    default: SavedFilter | None


def saved_tabs(request: HttpRequest, workspace: str) -> SavedTabs:
    """Return the tabs of the list of signals."""
    saved = list(selectors.saved_filters())
    current = next((row for row in saved if str(row.id) == request.GET.get(SAVED)), None)
    default = next((row for row in saved if row.is_default), None)  # one's own come first
    all_address = address("radar:signals", workspace, view="all" if default else "")
    items = [
        {"label": row.name, "url": saved_address(row, workspace), "current": row == current} for row in saved
    ]
    everything = {"label": _("All signals"), "url": all_address, "current": current is None}
    return SavedTabs(items=[everything, *items], current=current, all_address=all_address, default=default)


def saved_address(saved: SavedFilter, workspace: str) -> str:
    """Return the address of the list with a saved filter."""
    query = f"{saved.query}&" if saved.query else ""
    return reverse("radar:signals", args=[workspace]) + f"?{query}{urlencode({SAVED: saved.id})}"


def chosen_ids(request: HttpRequest, filter_type: type[ListFilter], rows: Any) -> Collection[UUID]:
    """Return the ids of the ticked rows; of all that match the list's filter, if the person asked for these.

    :raises Invalid: if the filter holds nonsense, or matches more than can be taken at once
    """
    if request.POST.get("all") != "yes":
        return {found for text in request.POST.getlist("ids")[: MOST + 1] if (found := _uuid(text))}
    narrowed = filter_type(QueryDict(list_query(request)), queryset=rows)
    if not narrowed.is_valid():
        raise Invalid(_("The filter of this list no longer works. Choose again."))
    return set(narrowed.qs.values_list("id", flat=True)[: MOST + 1])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# What was deleted together is brought back by its time, signed, so that only what a toast offered comes back.


def sign_deletion(deleted_at: datetime) -> str:
    """Return the text that stands for what the workspace deleted together."""
    return signing.dumps(deleted_at.isoformat(), salt=_salt())


def read_deletion(text: str) -> datetime:
    """Return when something was deleted.

    :raises Invalid: if the text was not made for this workspace
    """
    try:
        return datetime.fromisoformat(signing.loads(text, salt=_salt()))
    except signing.BadSignature as error:
        raise Invalid(_("This can't be undone any more.")) from error


def _salt() -> str:
    return f"apps.radar.deletion:{scope.tenant_id()}"
