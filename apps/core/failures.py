"""How a failure is kept where staff see it."""

import traceback
from pathlib import PurePath

from django.db import InterfaceError, OperationalError, connection


def describe(error: BaseException) -> str:
    """Return what went wrong and where. Not the message: it may hold an address or a secret."""
    kind, place = type(error), traceback.extract_tb(error.__traceback__)[-1]
    return f"{kind.__module__}.{kind.__qualname__} in {PurePath(place.filename).name}:{place.lineno}"


def is_lost(error: Exception) -> bool:
    """Tell whether an error means that the session with the database is gone, not that it refused something."""
    session = connection.connection
    return isinstance(error, (OperationalError, InterfaceError)) and (session is None or session.closed)
