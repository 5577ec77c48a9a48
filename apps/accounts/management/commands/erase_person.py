"""`manage.py erase_person`: somebody who asked an operator to be forgotten."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.accounts.models import User
from apps.accounts.services.erasing import person_erase_begin
from apps.core import scope
from apps.core.errors import Invalid
from apps.tenancy.interface import tenancy


class Command(BaseCommand):
    help = "Erase a person, as they could themselves on the page Your data. Asks for the address again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="The address of their account.")
        parser.add_argument("--yes", action="store_true", help="Don't ask. There is no way back.")

    def handle(self, *args: Any, email: str, yes: bool, **options: Any) -> None:
        with scope.as_role("platform"):
            self._erase(_person(email), is_sure=yes)

    def _erase(self, person: User, *, is_sure: bool) -> None:
        _refuse_sole_owner(person)
        self.stdout.write(
            f"{person.display_name} <{person.email}> is logged out everywhere and leaves all workspaces."
        )
        self.stdout.write(
            "What they made there stays, without their name. All else that is kept of them is erased."
        )
        try:
            person_erase_begin(user=person, confirm=person.email if is_sure else _typed())
        except Invalid as error:
            raise CommandError("This is another address. Nobody was erased.") from error
        self.stdout.write(
            self.style.SUCCESS(
                "Their account is shut. Workers erase the rest now, and mail them when it is done."
            )
        )


def _person(email: str) -> User:
    person = User.objects.filter(email=email.strip().lower()).first()
    if person is None:
        raise CommandError(f"Nobody has an account with {email}.")
    return person


def _refuse_sole_owner(person: User) -> None:
    if alone := tenancy().list_owned_alone(user_id=person.id):
        names = ", ".join(f"“{workspace.name}”" for workspace in alone)
        raise CommandError(
            f"{person.email} is the only owner of {names}. Make somebody else an owner there first, "
            "or have the workspace deleted."
        )


def _typed() -> str:
    try:
        return input("There is no way back. Type the address again: ")
    except EOFError:
        return ""
