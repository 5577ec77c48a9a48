"""`manage.py createstaff`."""

from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import scope


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda text, kind=StringIO: monkeypatch.setattr("sys.stdin", kind(text))


def createstaff(*arguments: str) -> str:
    out = StringIO()
    call_command("createstaff", *arguments, stdout=out)
    return out.getvalue()


def test_a_new_person_can_log_in_and_open_the_back_office(db: None, stdin: Any, client: Client) -> None:
    stdin("a long enough phrase\n")
    assert "/admin/" in createstaff("Sam@Example.com", "--name", "Sam", "--password-stdin")
    person = User.objects.get(email="sam@example.com")
    assert (person.name, person.is_staff, person.is_superuser) == ("Sam", True, False)
    answer = client.post(
        "/account/login/?next=/admin/", {"login": person.email, "password": "a long enough phrase"}
    )
    assert answer.url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_it_asks_for_the_password(db: None, stdin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin("", Terminal)
    monkeypatch.setattr(
        "apps.admin.management.commands.createstaff.getpass", lambda prompt: "a long enough phrase"
    )
    createstaff("sam@example.com")
    assert User.objects.get().check_password("a long enough phrase")


def test_a_person_is_promoted_and_keeps_the_password(person: User, stdin: Any) -> None:
    stdin("")
    createstaff(person.email)
    person.refresh_from_db()
    assert person.is_staff
    assert person.check_password("correct horse battery")


def test_it_is_recorded_once(person: User) -> None:
    createstaff(person.email)
    assert "already" in createstaff(person.email)
    with scope.as_role("platform"):
        entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_kind, entry.target_id, entry.tenant_id) == (
        "backoffice.staff_added",
        "system",
        person.id,
        None,
    )


@pytest.mark.parametrize(
    ("email", "options", "typed", "message"),
    [
        ("not-an-address", [], "", "not an e-mail address"),
        ("sam@example.com", [], "", "--password-stdin"),
        ("sam@example.com", ["--password-stdin"], "short\n", "too short"),
        ("sam@example.com", ["--password-stdin"], "", "too short"),
    ],
)
def test_mistakes_are_explained_and_change_nothing(
    db: None, stdin: Any, email: str, options: list[str], typed: str, message: str
) -> None:
    stdin(typed)
    with pytest.raises(CommandError, match=message):
        createstaff(email, *options)
    assert not User.objects.exists()


def test_two_different_passwords_are_refused(db: None, stdin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin("", Terminal)
    answers = iter(["a long enough phrase", "another long phrase"])
    monkeypatch.setattr("apps.admin.management.commands.createstaff.getpass", lambda prompt: next(answers))
    with pytest.raises(CommandError, match="differ"):
        createstaff("sam@example.com")


def test_somebody_kept_out_is_not_let_in_by_the_way(person: User) -> None:
    person.is_active = False
    person.save()
    with pytest.raises(CommandError, match="deactivated"):
        createstaff(person.email)


@pytest.mark.parametrize("known", ["unconfirmed", "nowhere"])
def test_an_account_with_an_unconfirmed_address_is_not_let_in(person: User, known: str) -> None:
    address = EmailAddress.objects.filter(user=person)
    address.update(verified=False) if known == "unconfirmed" else address.delete()
    with pytest.raises(CommandError, match="not confirmed"):
        createstaff(person.email)
    person.refresh_from_db()
    assert not person.is_staff
    assert not EmailAddress.objects.filter(user=person, verified=True).exists()


def test_there_are_no_superusers(db: None) -> None:
    with pytest.raises(CommandError, match="createstaff"):
        call_command("createsuperuser")
