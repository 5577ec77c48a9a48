"""`manage.py createstaff EMAIL`: let somebody into the back office."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from apps.audit.interface import audit
from apps.core import scope


class Command(BaseCommand):
    help = "Let somebody into the back office: a new person, or one who has an account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="What to call them.")
        parser.add_argument(
            "--password-stdin", action="store_true", help="Read a new account's password from standard input."
        )
        parser.add_argument(
            "--support",
            action="store_true",
            help="Let them work in workspaces that consent, as one of their members.",
        )

    def handle(
        self, *args: Any, email: str, name: str, password_stdin: bool, support: bool, **options: Any
    ) -> None:
        email = _checked_address(email)
        person = get_user_model().objects.filter(email=email).first()
        if person and not person.is_active:
            raise CommandError(
                f"{email} has been deactivated. Activate the account in the back office first."
            )
        if person and password_stdin:
            raise CommandError(f"{email} has an account and keeps its password. Leave out --password-stdin.")
        if person and person.is_staff and person.is_support >= support:
            self.stdout.write(f"{email} is a member of staff already.")
            return
        if person and not _has_confirmed(person):
            raise CommandError(
                f"The account of {email} may be somebody else's: its address is not confirmed. "
                "Ask them to confirm it first."
            )
        if person is None:
            person = get_user_model()(email=email, name=name)
            person.set_password(_password(person, from_stdin=password_stdin))
        with scope.as_role("platform"):
            _let_in(person, name, support=support)
        self.stdout.write(
            self.style.SUCCESS(f"{email} may open the back office: log in, then go to /admin/.")
        )


def _checked_address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError(f"{email!r} is not an e-mail address.") from error
    return email


def _password(person: Any, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = getpass("Password: ")
        if getpass("Password again: ") != password:
            raise CommandError("The two passwords differ. Nothing was changed.")
    else:
        raise CommandError("A new account needs a password. Pipe one in and add --password-stdin.")
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return password


def _has_confirmed(person: Any) -> bool:
    return EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists()


@transaction.atomic
def _let_in(person: Any, name: str, *, support: bool) -> None:
    is_new = person._state.adding
    person.is_staff = True
    person.is_support = person.is_support or support
    person.name = name or person.name
    person.save()
    if is_new:
        # Whoever runs this vouches for the address, so that the person can log in at once.
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    audit().record(
        action="backoffice.staff_added",
        target_type="user",
        target_id=person.id,
        target_label=person.email,
        after={"support": person.is_support},
    )
