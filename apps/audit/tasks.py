"""What workers do for the log, wherever it is kept."""

from datetime import timedelta

from apps.audit.interface import audit
from apps.jobs.interface import schedule, task


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
