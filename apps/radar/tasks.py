"""The radar's work in the background: jobs that people start, and the daily round of websites."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from tempfile import TemporaryFile
from uuid import UUID

from django.core.files.base import File
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core import clock
from apps.core.errors import Invalid
from apps.core.spreadsheets import PIECE
from apps.jobs.interface import BULK, current_job, schedule, task
from apps.radar import selectors
from apps.radar.filters import SignalFilter
from apps.radar.services.exports import signals_export
from apps.radar.services.imports.faults import faults_csv
from apps.radar.services.imports.runs import Counts, import_run
from apps.radar.services.websites import website_check, websites_check, websites_sweep


@task(queue=BULK, is_atomic=True)
def import_signals(import_id: UUID, only_good: bool) -> None:
    """Put the rows of a file on the radar; those with faults are left as a file."""
    job, import_file = current_job(), selectors.import_file(import_id)
    counted = (import_file.rows_good, import_file.rows_faulty, import_file.rows_duplicate)
    total = sum(rows or 0 for rows in counted) or None
    if import_file.rows_faulty:
        _leave(f"{import_file.file_name.removesuffix('.csv')}-faults.csv", faults_csv(import_file))
        for fault in import_file.first_faults:
            job.log(_("Line %(line)s: %(reason)s") % fault)
    counts = import_run(
        import_id=import_id, only_good=only_good, progress=lambda done: job.progress(done, total)
    )
    _tell(counts)


@task(queue=BULK)
def export_signals(query: str) -> None:
    """Leave the signals that a list's filter finds as a file."""
    job, narrowed = current_job(), SignalFilter(QueryDict(query), queryset=selectors.signals())
    if not narrowed.is_valid():
        raise Invalid(_("The filter of this list no longer works. Choose again."))
    total = narrowed.qs.order_by().count()

    def pieces() -> Iterator[str]:
        for number, piece in enumerate(signals_export(rows=narrowed.qs, query=query[:200]), 1):
            job.progress(min(number * PIECE, total), total)
            yield piece

    _leave(f"signals-{clock.now():%Y-%m-%d}.csv", pieces())


@task(queue=BULK, lane="websites")
def check_website(competitor_id: UUID) -> None:
    """Check a website that somebody asked about, and paid for."""
    website_check(competitor_id=competitor_id)


@task(queue=BULK, lane="websites")
def check_websites() -> None:
    """Check the websites of a workspace that were not checked today."""
    websites_check()


@schedule(every=timedelta(days=1), offset=timedelta(hours=5))
@task(queue=BULK)
def sweep_websites() -> None:
    """Have every workspace check the websites of its competitors, once a day."""
    websites_sweep()


def _leave(name: str, pieces: Iterable[str]) -> None:
    with TemporaryFile() as file:
        for piece in pieces:
            file.write(piece.encode())
        file.seek(0)
        current_job().result(name, File(file))


def _tell(counts: Counts) -> None:
    job = current_job()
    text = ngettext("%(count)s signal imported.", "%(count)s signals imported.", counts.added)
    job.log(text % {"count": f"{counts.added:,}"})
    if counts.faulty:
        text = ngettext(
            "%(count)s row with faults was left out.",
            "%(count)s rows with faults were left out.",
            counts.faulty,
        )
        job.log(text % {"count": f"{counts.faulty:,}"})
    if counts.duplicates:
        text = ngettext(
            "%(count)s row was on the radar already.",
            "%(count)s rows were on the radar already.",
            counts.duplicates,
        )
        job.log(text % {"count": f"{counts.duplicates:,}"})
