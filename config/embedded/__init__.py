"""A real PostgreSQL and a real Valkey for development and tests, without Docker, root or an account.

`start("dev", durable=True)` returns addresses that work. Servers are shared: all who ask for the same
name get the same pair, which ends when the last of them calls `stop()`. A pair that a crash left running is
taken over by the next `start()`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field

from config import env
from config.embedded.place import VAR, EmbeddedServerError, Place, all_places, data_folder
from config.embedded.postgres import Postgres, install_roles
from config.embedded.valkey import Valkey

__all__ = ["EmbeddedServerError", "Services", "install_roles", "reset", "start"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Addresses of servers that run.

    database_url logs in as `tenon`, owner_url as `tenon_owner`, admin_url as one who may create databases.
    """

    database_url: str
    owner_url: str
    admin_url: str
    valkey_url: str
    _place: Place = field(repr=False)

    def check(self) -> None:
        """Raise EmbeddedServerError if a server no longer listens; those of yours are not looked at."""
        if not env.is_set("DATABASE_URL"):
            self._place.check("PostgreSQL", "postgres")
        if not env.is_set("VALKEY_URL"):
            self._place.check("Valkey", "valkey")

    def stop(self) -> None:
        """Stop what was started, unless another process still uses it. May be called twice."""
        with self._place.starting():
            if self._place.release():
                _stop_all(self._place)


def start(name: str, *, durable: bool) -> Services:
    """Start the servers called `name`, or join them where they run.

    With DATABASE_URL or VALKEY_URL set, that server is yours: its address is returned and nothing is started.
    durable=False trades safety against power loss for speed: for tests. Raises EmbeddedServerError, with a
    sentence for people, when a server cannot be started.
    """
    place = Place(name)
    with place.starting():
        place.join()
        try:
            return Services(**_database(place, durable), valkey_url=_valkey(place, durable), _place=place)
        except BaseException:
            if place.release():
                _stop_all(place)
            raise


def reset() -> None:
    """Stop every embedded server of this checkout and delete all of its data."""
    for place in all_places():
        with place.starting():
            _stop_all(place)
    shutil.rmtree(data_folder(), ignore_errors=True)
    shutil.rmtree(VAR, ignore_errors=True)


def _database(place: Place, durable: bool) -> dict[str, str]:
    if env.is_set("DATABASE_URL"):
        owner = env.database_owner_url()
        admin = env.get_str("DATABASE_ADMIN_URL", owner)
        return {"database_url": env.database_url(), "owner_url": owner, "admin_url": admin}
    server = Postgres(place, durable=durable).start()
    roles = {"database_url": "tenon", "owner_url": "tenon_owner", "admin_url": "postgres"}
    return {key: server.url(role) for key, role in roles.items()}


def _valkey(place: Place, durable: bool) -> str:
    return env.valkey_url() if env.is_set("VALKEY_URL") else Valkey(place, durable=durable).start().url


def _stop_all(place: Place) -> None:
    Valkey(place, durable=False).stop()
    Postgres(place, durable=False).stop()
