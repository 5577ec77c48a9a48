"""People for tests."""

from itertools import count
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress

from apps.accounts.models import User
from apps.core import scope

PASSWORD = "correct horse battery"
_number = count(1)


def person(**details: Any) -> User:
    """Make a person with a confirmed address."""
    number = next(_number)
    details = {"email": f"person{number}@example.com", "name": f"Person {number}"} | details
    user = User.objects.create_user(password=PASSWORD, **details)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def switch_off(user_id: UUID) -> None:
    """Keep a person from signing in, as staff does."""
    with scope.as_role("platform"):
        User.objects.filter(id=user_id).update(is_active=False)
