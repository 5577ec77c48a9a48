"""What is wrong with a file, as a file."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.core.spreadsheets import csv_pieces
from apps.radar.models import Import
from apps.radar.services.imports.runs import import_faults


def faults_csv(import_file: Import) -> Iterator[str]:
    """Return every fault of a file that was checked, as the pieces of a CSV file.

    :raises Invalid: naming the fields whose column or attribute is gone since
    """
    rows = (
        (str(fault.line), fault.column, fault.value, fault.reason) for fault in import_faults(import_file)
    )
    return csv_pieces((_("line"), _("column"), _("value"), _("what is wrong")), rows)
