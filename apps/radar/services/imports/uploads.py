"""Keeping an uploaded file until its rows are on the radar. It stays in the tenant's own table, under row security."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock, permissions, scope
from apps.core.errors import Invalid, NotFound
from apps.radar.models import Import, ImportPart
from apps.radar.selectors.attributes import attributes
from apps.radar.services.imports import columns
from apps.radar.services.imports.csv_files import EncodingGuess, guess_delimiter, rows

LARGEST = 20_000_000  # bytes
KEPT = timedelta(days=1)  # what nobody finished by then is forgotten
PIECE = 256 * 1024


def import_start(*, file_name: str, pieces: Iterable[bytes]) -> Import:
    """Keep a file, and find out how it is written and what its columns hold.

    :param pieces: the file, in pieces of any size
    :raises PermissionDenied: if the actor may not write
    :raises Invalid: naming `file`, if it is empty, too large, or no text with columns
    """
    permissions.require("radar.write")
    with transaction.atomic():
        _forget_old()
        import_file = Import(
            owner_id=scope.user_id(),
            file_name=PurePath(file_name).name[:200] or "signals.csv",
            size=0,
            header=[],
        )
        import_file.encoding = "utf-8"
        import_file.delimiter = ","
        import_file.save(force_insert=True)
        _keep(import_file, pieces)
        import_file.delimiter = guess_delimiter(content(import_file), import_file.encoding)
        import_file.header = _header(import_file)
        import_file.columns = columns.match(import_file.header, attributes())
        import_file.save()
    return import_file


def import_discard(*, import_id: UUID) -> None:
    """Forget a file that was not imported.

    :raises PermissionDenied: if the actor may not write
    :raises NotFound: if the person has no such file
    """
    permissions.require("radar.write")
    with transaction.atomic():
        import_file = locked(import_id)
        forget_content(import_file)
        import_file.delete()


def content(import_file: Import) -> Iterator[bytes]:
    """Yield the pieces of an import's file, each read when it is needed."""
    parts = ImportPart.objects.filter(tenant_id=import_file.tenant_id, import_file_id=import_file.id)
    number = 0
    while part := parts.filter(number=number).values_list("content", flat=True).first():
        yield bytes(part)
        if len(part) < PIECE:
            return
        number += 1


def forget_content(import_file: Import) -> None:
    """Delete the pieces of an import's file."""
    ImportPart.objects.filter(tenant_id=import_file.tenant_id, import_file_id=import_file.id).delete()


def locked(import_id: UUID) -> Import:
    """Return an import of the person in scope that is not finished, locked until the transaction ends.

    :raises NotFound: if there is none
    """
    found = Import.objects.select_for_update().filter(
        tenant_id=scope.tenant_id(), id=import_id, owner_id=scope.user_id(), finished_at=None
    )
    import_file = found.first()
    if import_file is None:
        raise NotFound(_("This import is finished or was discarded. Choose the file again."))
    return import_file


def _keep(import_file: Import, pieces: Iterable[bytes]) -> None:
    guess = EncodingGuess()
    for number, piece in enumerate(_even(pieces)):
        import_file.size += len(piece)
        if import_file.size > LARGEST:
            raise Invalid(fields={"file": [_("The file is larger than 20 MB. Split it into several.")]})
        guess.feed(piece)
        ImportPart.objects.bulk_create([ImportPart(import_file=import_file, number=number, content=piece)])
    if not import_file.size:
        raise Invalid(fields={"file": [_("The file is empty.")]})
    guess.feed(b"", final=True)
    import_file.encoding = guess.encoding


def _even(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        rest += piece
        while len(rest) >= PIECE:
            yield rest[:PIECE]
            rest = rest[PIECE:]
    if rest:
        yield rest


def _header(import_file: Import) -> list[str]:
    found = rows(content(import_file), encoding=import_file.encoding, delimiter=import_file.delimiter)
    first, second = next(found, None), next(found, None)
    if first is None or first.fault:
        reason = first.fault if first else _("The file is empty.")
        raise Invalid(fields={"file": [reason]})
    if second is None:
        raise Invalid(fields={"file": [_("The file holds the names of columns, and no rows below them.")]})
    return [cell[:200] for cell in first.cells]


def _forget_old() -> None:
    old = Import.objects.filter(
        tenant_id=scope.tenant_id(), finished_at=None, created_at__lt=clock.now() - KEPT
    )
    ids = list(old.values_list("id", flat=True))
    ImportPart.objects.filter(tenant_id=scope.tenant_id(), import_file_id__in=ids).delete()
    old.filter(id__in=ids).delete()
