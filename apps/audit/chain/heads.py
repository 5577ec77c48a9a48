"""Signed heads outside of the database (AUDIT_HEADS_URL): whoever can cut the log's tail there can't cut them.

Each log has a folder, and each head a file in it that is written once. A head vouches for all batches before it, so
the newest one of each hour is enough.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db.models import Max

from apps.audit.chain import keys
from apps.audit.chain.documents import document
from apps.audit.chain.sealing import head_of
from apps.audit.models import AuditBatch
from apps.core import clock, scope

ALIAS = "audit_heads"
NOWHERE = "no-workspace"  # the folder of what happened outside of any
RECENT = timedelta(days=1)  # for so long the storage may be away


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedHead:
    """A head as it was exported. `last` is the number of the batch's last entry.

    One that is damaged, or lies where another belongs, counts as unsigned: only the number is known, from its name.
    """

    number: int
    last: int = 0
    hash: str = ""
    is_signed: bool = False


def is_configured() -> bool:
    """Tell whether heads are exported."""
    return ALIAS in settings.STORAGES


def export(*, since: datetime | None = None) -> int:
    """Write the newest head of each log that has not been exported yet; return how many.

    Of the tenant in scope, or of all logs if none is.

    :param since: leave out logs in which nothing was sealed since then
    """
    if not is_configured():
        return 0
    tenant_id = scope.current().tenant_id
    with scope.as_role("platform"):
        batches = AuditBatch.objects.filter(tenant_id=tenant_id) if tenant_id else AuditBatch.objects.all()
        if since:
            batches = batches.filter(sealed_at__gte=since)
        newest = batches.order_by().values_list("tenant_id").annotate(Max("number"))
        return sum(_write(log, number) for log, number in list(newest))


def export_recent() -> int:
    """Export the heads of logs in which something was sealed lately; see `export`."""
    return export(since=clock.now() - RECENT)


def exported(log: UUID | None) -> Iterator[ExportedHead]:
    """Yield the heads of a log that were exported, oldest first; none if they are exported nowhere."""
    if not is_configured():
        return
    for name in sorted(_names(log)):
        yield _read(log, name)


def logs() -> set[UUID | None]:
    """Return the logs of which a head was exported, also those of which nothing else is left."""
    if not is_configured():
        return set()
    return {_log_of(folder) for folder in _folders() if _is_of_log(folder)}


def strange_folders() -> list[str]:
    """Return the folders beside those of logs, which no log is compared with."""
    return sorted(folder for folder in _folders() if not _is_of_log(folder)) if is_configured() else []


def _write(log: UUID | None, number: int) -> int:
    name = f"{_folder(log)}/{number:012}.json"
    if _storage().exists(name):
        return 0
    batch = AuditBatch.objects.get(tenant_id=log, number=number)
    content = head_of(batch).members | {"kid": batch.kid, "signature": batch.signature}
    _storage().save(name, ContentFile(document(content)))
    return 1


def _read(log: UUID | None, name: str) -> ExportedHead:
    number = int(name.removesuffix(".json"))
    try:
        with _storage().open(f"{_folder(log)}/{name}") as file:
            members = json.load(file)
        kid, signature = members.pop("kid"), members.pop("signature")
        signed = document(members)
        # An old head under the name of the next one would keep that from being written.
        is_in_place = (members["log"], members["batch"]) == (str(log or ""), number)
        if is_in_place and keys.is_ours(signed, kid=kid, signature=signature):
            return ExportedHead(
                number=number,
                last=members["first"] + members["size"] - 1,
                hash=sha256(signed).hexdigest(),
                is_signed=True,
            )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        pass  # whatever else somebody wrote there
    return ExportedHead(number=number)


def _folders() -> list[str]:
    folders, _files = _listed("")
    return folders


def _names(log: UUID | None) -> list[str]:
    _folders, names = _listed(_folder(log))
    return [name for name in names if re.fullmatch(r"\d{12}\.json", name)]


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return _storage().listdir(folder)
    except FileNotFoundError:
        return [], []


def _folder(log: UUID | None) -> str:
    return str(log or NOWHERE)


def _is_of_log(folder: str) -> bool:
    try:
        return _folder(_log_of(folder)) == folder
    except ValueError:
        return False


def _log_of(folder: str) -> UUID | None:
    return None if folder == NOWHERE else UUID(folder)


def _storage() -> Storage:
    return storages[ALIAS]
