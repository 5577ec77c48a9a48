"""Files of tenants: whose they are, what their names may be, and how they are handed out."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from apps.core import clock, scope, storage
from apps.core.errors import NotFound
from apps.core.http.downloads import download
from apps.core.scope import ScopeMissing

MINE, THEIRS = UUID(int=1), UUID(int=2)


@pytest.fixture(params=["folder", "memory"])
def kept_in(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Path:
    """Keep files in a folder or in memory: what holds for both should hold for S3."""
    backend = {
        "folder": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
        "memory": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    settings.STORAGES = settings.STORAGES | {"tenants": backend[request.param]}
    return tmp_path


@pytest.fixture
def in_tenant(kept_in: Path) -> Iterator[None]:
    with scope.use(tenant_id=MINE):
        yield


def read(key: str) -> bytes:
    with storage.open(key) as file:
        return bytes(file.read())


@pytest.mark.usefixtures("in_tenant")
class TestKeys:
    def test_what_is_stored_is_read_again(self) -> None:
        assert read(storage.store("report.csv", b"a,b")) == b"a,b"

    def test_a_key_begins_with_the_tenant(self) -> None:
        assert storage.store("report.csv", b"").startswith(f"{MINE}/")

    def test_two_files_of_a_name_are_two(self) -> None:
        first, second = storage.store("a.txt", b"1"), storage.store("a.txt", b"2")

        assert (read(first), read(second)) == (b"1", b"2")

    @pytest.mark.parametrize(
        "name",
        [
            "../../etc/passwd",
            "..\\..\\boot.ini",
            "/etc/passwd",
            "C:\\windows\\a.txt",
            "a\x00.txt",
            "a/../../b",
            "....//x",
            ".htaccess",
            "",
            ".",
            "..",
            "ü" * 300,
            "x" * 5000 + ".txt",
            "a\nb: c.txt",
            "<script>.svg",
            "con",
        ],
    )
    def test_a_name_never_leads_out(self, name: str) -> None:
        key = storage.store(name, b"x")

        folder, _slash, rest = key.partition("/")
        assert folder == str(MINE)
        assert "/" not in rest
        assert len(rest) < 130
        assert read(key) == b"x"

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "/",
            "a",
            f"{MINE}",
            f"{MINE}/",
            f"{MINE}/../{THEIRS}/a",
            f"{MINE}//etc/passwd",
            f"{MINE}/a/b/c",
        ],
    )
    def test_a_key_that_is_none_finds_nothing(self, key: str) -> None:
        with pytest.raises(NotFound):
            storage.open(key)

    def test_a_folder_lists_its_own_files(self) -> None:
        storage.store("a.txt", b"1")
        kept = storage.store("a.txt", b"2", folder="reports")

        assert read(kept) == b"2"
        assert storage.keys("reports") == [kept]
        assert abs(clock.now() - storage.stored_at(kept)) < timedelta(minutes=1)
        assert storage.keys("others") == []

    def test_a_deleted_file_is_gone(self) -> None:
        key = storage.store("a.txt", b"x")
        storage.delete(key)
        storage.delete(key)

        with pytest.raises(NotFound):
            storage.open(key)


class TestWalls:
    def test_another_tenants_file_is_not_found(self, kept_in: Path) -> None:
        with scope.use(tenant_id=THEIRS):
            foreign = storage.store("secret.txt", b"x", folder="secrets")

        with scope.use(tenant_id=MINE):
            with pytest.raises(NotFound):
                storage.open(foreign)
            with pytest.raises(NotFound):
                storage.delete(foreign)
            with pytest.raises(NotFound):
                storage.stored_at(foreign)
            assert storage.keys("secrets") == []

    def test_without_a_tenant_nothing_is_kept_or_read(self, kept_in: Path) -> None:
        with scope.use(tenant_id=MINE):
            key = storage.store("a.txt", b"x")

        for act in (
            lambda: storage.store("a.txt", b""),
            lambda: storage.open(key),
            lambda: storage.delete(key),
        ):
            with pytest.raises(ScopeMissing):
                act()

    def test_erasing_takes_all_of_one_tenant_and_nothing_else(self, kept_in: Path) -> None:
        with scope.use(tenant_id=THEIRS):
            theirs = storage.store("a.txt", b"theirs")
        with scope.use(tenant_id=MINE):
            for folder in ("", "", "reports"):
                storage.store("a.txt", b"mine", folder=folder)

            assert storage.erase(tenant_id=MINE) == {"files": 3}
            assert storage.erase(tenant_id=MINE) == {"files": 0}

        with scope.use(tenant_id=THEIRS):
            assert read(theirs) == b"theirs"
        assert not (kept_in / str(MINE)).exists()


@pytest.mark.usefixtures("in_tenant")
class TestDownload:
    def test_runs_nothing_and_stays_private(self) -> None:
        answer = download(
            storage.store("x.html", b"<script>"), filename='a"b\n.html', content_type="text/html"
        )

        assert b"".join(answer) == b"<script>"  # type: ignore[arg-type]
        answer.close()
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Disposition"].startswith("attachment")
        assert "\n" not in answer["Content-Disposition"]
