"""Files of tenants: kept on this machine, or in S3 where FILES_URL says so.

A key begins with the tenant it belongs to, and only in that tenant's scope is it read or deleted. Nothing has a public
address: `apps.core.http.downloads` hands a file to a person whom a view has let in.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext_lazy as _

from apps.core import scope
from apps.core.errors import NotFound, Unavailable
from apps.core.ids import new_id

ALIAS = "tenants"
LONGEST_NAME = 80


def store(name: str, content: bytes | File) -> str:  # type: ignore[type-arg]
    """Keep a file for the tenant in scope, and return its key.

    :param name: what it was called; only a harmless rest of it, such as `report.csv`, becomes part of the key
    :raises ScopeMissing: if no tenant is in scope
    :raises Unavailable: if the storage can't be reached
    """
    key = f"{scope.tenant_id()}/{new_id().hex}-{_harmless(name)[-LONGEST_NAME:]}"
    with _storage() as files:
        return files.save(key, ContentFile(content) if isinstance(content, bytes) else content)


def open(key: str) -> File:  # type: ignore[type-arg]  # noqa: A001 - storage.open(key)
    """Open a file of the tenant in scope for reading; the caller closes it.

    :raises NotFound: if there is none, or it is another tenant's
    :raises Unavailable: if the storage can't be reached
    """
    _refuse_foreign(key)
    try:
        with _storage() as files:
            return files.open(key)
    except FileNotFoundError as error:
        raise NotFound from error


def delete(key: str) -> None:
    """Delete a file of the tenant in scope. One that is gone already is no error.

    :raises NotFound: if it is another tenant's
    :raises Unavailable: if the storage can't be reached
    """
    _refuse_foreign(key)
    with _storage() as files:
        files.delete(key)


def delete_all(*, tenant_id: UUID) -> int:
    """Delete every file of a tenant, and return how many there were."""
    files, folder = storages[ALIAS], str(tenant_id)
    try:
        _folders, names = files.listdir(folder)
    except FileNotFoundError:
        return 0
    for name in names:
        files.delete(f"{folder}/{name}")
    files.delete(folder)
    return len(names)


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Forget the tenant's files; see `apps.core.erasure`."""
    return {"files": delete_all(tenant_id=tenant_id)}


@contextmanager
def _storage() -> Iterator[Storage]:
    try:
        yield storages[ALIAS]
    except (FileNotFoundError, SuspiciousOperation):
        raise
    except Exception as error:  # each kind of storage has its own errors
        raise Unavailable(_("Files can't be reached right now. Try again in a minute.")) from error


def _refuse_foreign(key: str) -> None:
    folder, _slash, name = key.partition("/")
    if folder != str(scope.tenant_id()) or name != _harmless(name):
        raise NotFound


def _harmless(name: str) -> str:
    """Return a file's name without folders and without anything that means something to a file system."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).lstrip(".-") or "file"
