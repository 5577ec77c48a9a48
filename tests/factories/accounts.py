"""People for tests."""

from itertools import count
from typing import Any

from allauth.account.models import EmailAddress

from apps.accounts.models import User

PASSWORD = "correct horse battery"
_number = count(1)


def person(**details: Any) -> User:
    """Make a person with a confirmed address."""
    number = next(_number)
    details = {"email": f"person{number}@example.com", "name": f"Person {number}"} | details
    user = User.objects.create_user(password=PASSWORD, **details)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
