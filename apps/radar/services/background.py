"""Starting the radar's jobs: imports, and exports of long lists."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import permissions
from apps.jobs.interface import jobs, start_job
from apps.radar import selectors
from apps.radar.models import Import
from apps.radar.services.imports.uploads import locked


def import_begin(*, import_id: UUID, only_good: bool) -> UUID:
    """Start the import of a file's rows, unless one is under way, and return the job's id; see `import_run`.

    :raises PermissionDenied: if the actor may not write
    :raises NotFound: if the person has no such file
    """
    permissions.require("radar.write")
    if job_id := _under_way(selectors.import_file(import_id)):
        return job_id  # without waiting for the job, which holds the lock while it runs
    with transaction.atomic():
        import_file = locked(import_id)
        if job_id := _under_way(import_file):
            return job_id
        title = _("Import of %(name)s") % {"name": import_file.file_name}
        job_id = start_job("radar.import_signals", title=title, import_id=import_id, only_good=only_good)
        import_file.job_id = job_id
        import_file.save(update_fields=["job_id"])
    return job_id


def signals_export_begin(*, query: str) -> UUID:
    """Start an export of the signals that a list's query finds, and return the job's id; see `signals_export`.

    :raises PermissionDenied: if the actor may not export
    """
    permissions.require("radar.export")
    return start_job("radar.export_signals", title=_("Export of signals"), query=query)


def _under_way(import_file: Import) -> UUID | None:
    job_id = import_file.job_id
    return job_id if job_id and jobs().is_under_way(job_id=job_id) else None
