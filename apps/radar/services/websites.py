"""Checking whether the websites of competitors answer: once a day, and when somebody asks. Each check is used up.

It is counted before the call, in a transaction of its own: so a limit holds, and a worker that dies in between
counts nothing twice.
"""

from collections import defaultdict
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.billing.interface import usage
from apps.core import clock, outgoing, permissions, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.entitlements.interface import PaymentRequired
from apps.jobs.interface import jobs
from apps.radar.models import Competitor
from apps.radar.services.competitors import locked
from apps.tenancy.interface import tenancy

METER = "checks"
BATCH = 100  # websites that one task checks, so that workspaces take turns
TIMEOUT = outgoing.Timeout(connect=5.0, total=15.0)

log = structlog.get_logger(__name__)


def website_check_begin(*, competitor_id: UUID) -> Competitor:
    """Have a worker check a competitor's website now.

    :raises PermissionDenied: if the actor may not write
    :raises CompetitorNotFound: if there is none with this id
    :raises Invalid: if it has no website
    :raises LimitReached: if the plan includes no more checks this month
    """
    permissions.require("radar.write")
    with transaction.atomic():
        competitor = locked(competitor_id)
        if not competitor.website:
            raise Invalid(_("This competitor has no website to check."))
        _use_up(str(new_id()))
        jobs().enqueue(task="radar.check_website", arguments={"competitor_id": str(competitor_id)})
    return competitor


def website_check(*, competitor_id: UUID) -> None:
    """Call a competitor's website, and note how it did. Whoever asks has counted it."""
    competitor = _with_website().filter(tenant_id=scope.tenant_id(), id=competitor_id).first()
    if competitor:
        _note(competitor, *_call(competitor))


def websites_check() -> None:
    """Check the websites of the workspace in scope that were not checked today, as far as its plan goes."""
    today = clock.now().date()
    unchecked = _unchecked().filter(tenant_id=scope.tenant_id())
    competitors = list(unchecked.order_by(F("checked_at").asc(nulls_first=True), "id")[:BATCH])
    for competitor in competitors:
        try:
            with transaction.atomic():
                _use_up(f"{competitor.id}:{today}")
        except PaymentRequired as error:
            log.info("radar.checks_end", reason=error.code)
            return
        _note(competitor, *_call(competitor))
    if len(competitors) == BATCH:
        _enqueue(scope.tenant_id())


def websites_sweep() -> None:
    """Have every open workspace check its websites, each by a task of its own."""
    by_cell: dict[str, set[UUID]] = defaultdict(set)
    with scope.as_role("platform"):
        for workspace in tenancy().list_open():
            by_cell[workspace.cell].add(workspace.id)
    for cell, tenant_ids in by_cell.items():
        with scope.use(role="platform", cell=cell):
            due = set(_unchecked().values_list("tenant_id", flat=True).distinct())
        for tenant_id in due & tenant_ids:
            with scope.use(role="app", tenant_id=tenant_id, cell=cell), transaction.atomic():
                _enqueue(tenant_id)


def _enqueue(tenant_id: UUID) -> None:
    jobs().enqueue(task="radar.check_websites", arguments={}, unique=str(tenant_id))


def _use_up(identifier: str) -> None:
    usage().record(tenant_id=scope.tenant_id(), meter=METER, quantity=1, identifier=identifier)


def _with_website() -> QuerySet[Competitor]:
    return Competitor.objects.filter(deleted_at=None).exclude(website="")


def _unchecked() -> QuerySet[Competitor]:
    """Return the competitors whose website was not checked today."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return _with_website().filter(Q(checked_at=None) | Q(checked_at__lt=midnight))


def _call(competitor: Competitor) -> tuple[Competitor.Website, int | None]:
    """Return how a website does, and the status it answers with."""
    try:
        answer = outgoing.request(
            "GET",
            competitor.website,
            destination=f"website:{competitor.id}",
            headers={"User-Agent": f"{settings.PRODUCT_SLUG}-Checks/1"},
            timeout=TIMEOUT,
            retries=1,
            untrusted=True,
            max_response=1024,
            truncate=True,
        )
    except outgoing.AddressRefused:
        return Competitor.Website.REFUSED, None
    except outgoing.OutgoingFailed:
        return Competitor.Website.SILENT, None
    is_well = answer.status < 400  # another address to go to is an answer too
    return Competitor.Website.ANSWERS if is_well else Competitor.Website.FAILS, answer.status


def _note(competitor: Competitor, state: Competitor.Website, status: int | None) -> None:
    """Write down how a website did, unless it was exchanged for another meanwhile."""
    with transaction.atomic():
        present = Competitor.objects.filter(
            tenant_id=competitor.tenant_id, id=competitor.id, website=competitor.website
        )
        present.update(checked_at=clock.now(), website_state=state, website_status=status)
