"""What workers do for the log, wherever it is kept."""

from datetime import timedelta
from tempfile import TemporaryFile

from django.core.files.base import File

from apps.audit.exports import export
from apps.audit.interface import audit
from apps.core import clock
from apps.jobs.interface import BULK, current_job, schedule, task


@schedule(every=timedelta(minutes=1))
@task()
def seal() -> None:
    """Seal what waits."""
    while audit().seal():
        continue


@schedule(every=timedelta(hours=1), offset=timedelta(minutes=5))
@task()
def export_heads() -> None:
    """Write signed heads to where the database's administrator can't change them."""
    audit().export_heads()


@schedule(every=timedelta(days=1), offset=timedelta(hours=3, minutes=20))
@task()
def erase_past() -> None:
    """Delete what was kept long enough."""
    audit().erase_past()


@task(queue=BULK)
def export_log(form: str, query: str) -> None:
    """Leave the log as a file."""
    job = current_job()
    with TemporaryFile() as file:
        for piece in export(form=form, query=query, progress=job.progress):
            file.write(piece.encode())
        file.seek(0)
        job.result(f"audit-log-{clock.now():%Y-%m-%d}.{form}", File(file))
