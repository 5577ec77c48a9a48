"""People for tests."""

from itertools import count
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.test import Client

from apps.accounts.models import User
from apps.core import scope, step_up

PASSWORD = "correct horse battery"
_number = count(1)


def person(**details: Any) -> User:
    """Make a person with a confirmed address."""
    number = next(_number)
    details = {"email": f"person{number}@example.com", "name": f"Person {number}"} | details
    user = User.objects.create_user(password=PASSWORD, **details)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def log_in(client: Client, user: User) -> None:
    """Give a client the session of somebody who has just logged in."""
    client.force_login(user)
    session = client.session
    step_up.note(session)
    session.save()


def let_time_pass(client: Client) -> None:
    """Have it be long ago that the person of a session showed who they are."""
    session = client.session
    session[step_up.KEY] -= 3600
    session.save()


def switch_off(user_id: UUID) -> None:
    """Keep a person from signing in, as staff does."""
    with scope.as_role("platform"):
        User.objects.filter(id=user_id).update(is_active=False)
