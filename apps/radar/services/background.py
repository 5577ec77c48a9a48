"""Starting the radar's jobs: imports, and exports of long lists."""

from uuid import UUID

from django.utils.translation import gettext as _

from apps.core import permissions
from apps.jobs.interface import start_job
from apps.radar import selectors


def import_begin(*, import_id: UUID, only_good: bool) -> UUID:
    """Start the import of a file's rows, and return the job's id; see `import_run`.

    :raises PermissionDenied: if the actor may not write
    :raises NotFound: if the person has no such file
    """
    permissions.require("radar.write")
    title = _("Import of %(name)s") % {"name": selectors.import_file(import_id).file_name}
    return start_job("radar.import_signals", title=title, import_id=import_id, only_good=only_good)


def signals_export_begin(*, query: str) -> UUID:
    """Start an export of the signals that a list's query finds, and return the job's id; see `signals_export`.

    :raises PermissionDenied: if the actor may not export
    """
    permissions.require("radar.export")
    return start_job("radar.export_signals", title=_("Export of signals"), query=query)
