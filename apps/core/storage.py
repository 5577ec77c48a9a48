"""Files of tenants: kept on this machine, or in S3 where FILES_URL says so.

A key begins with the tenant it belongs to, and only in that tenant's scope is it read or deleted. Nothing has a public
address: `apps.core.http.downloads` hands a file to a person whom a view has let in.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
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


def store(name: str, content: bytes | File, *, folder: str = "") -> str:  # type: ignore[type-arg]
    """Keep a file for the tenant in scope, and return its key.

    :param name: what it was called; only a harmless rest of it, such as `report.csv`, becomes part of the key
    :param folder: keeps it apart from the tenant's other files, so that `keys` lists it
    :raises ScopeMissing: if no tenant is in scope
    :raises Unavailable: if the storage can't be reached
    """
    key = f"{_folder(scope.tenant_id(), folder)}/{new_id().hex}-{_harmless(name)[-LONGEST_NAME:]}"
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


def keys(folder: str) -> list[str]:
    """Return the keys of the files that the tenant in scope has in a folder.

    :raises Unavailable: if the storage can't be reached
    """
    path = _folder(scope.tenant_id(), folder)
    with _storage() as files:
        _folders, names = _listed(files, path)
    return [f"{path}/{name}" for name in names]


def stored_at(key: str) -> datetime:
    """Return when a file of the tenant in scope was stored.

    :raises NotFound: if it is another tenant's
    :raises Unavailable: if the storage can't be reached
    """
    _refuse_foreign(key)
    with _storage() as files:
        return files.get_modified_time(key)


def delete_all(*, tenant_id: UUID) -> int:
    """Delete every file of a tenant, and return how many there were."""
    return _delete_below(storages[ALIAS], _folder(tenant_id))


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


def _folder(tenant_id: UUID, folder: str = "") -> str:
    return f"{tenant_id}/{folder}" if folder else str(tenant_id)


def _listed(files: Storage, path: str) -> tuple[list[str], list[str]]:
    try:
        return files.listdir(path)
    except FileNotFoundError:
        return [], []


def _delete_below(files: Storage, path: str) -> int:
    folders, names = _listed(files, path)
    deleted = sum(_delete_below(files, f"{path}/{folder}") for folder in folders)
    for name in names:
        files.delete(f"{path}/{name}")
    files.delete(path)
    return deleted + len(names)


def _refuse_foreign(key: str) -> None:
    tenant, *parts = key.split("/")
    if tenant != str(scope.tenant_id()) or len(parts) not in (1, 2):
        raise NotFound
    if any(part != _harmless(part) for part in parts):
        raise NotFound


def _harmless(name: str) -> str:
    """Return a file's name without folders and without anything that means something to a file system."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).lstrip(".-") or "file"
