"""Several relays share the outbox by shards: one relay alone hands on the events of an aggregate, in their order."""

from django.db import connection

from apps.events.models import SHARDS

# Keys of PostgreSQL's advisory locks: a relay's presence, and its shards. A dead relay's go with its session.
PRESENCE, SHARD = 7201, 7202


class Shards:
    """The shards that this relay holds."""

    def __init__(self) -> None:
        self.held: set[int] = set()

    def share(self) -> None:
        """Take or give back shards, so that every relay that runs holds about as many."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_try_advisory_lock_shared(%s, 0) where not exists "
                "(select from pg_locks where locktype = 'advisory' and classid = %s and pid = pg_backend_pid())",
                [PRESENCE, PRESENCE],
            )
            cursor.execute(
                "select count(*) from pg_locks where locktype = 'advisory' and classid = %s"
                " and database = (select oid from pg_database where datname = current_database())",
                [PRESENCE],
            )
            fair = -(-SHARDS // max(1, cursor.fetchone()[0]))
            for shard in sorted(self.held)[fair:]:
                cursor.execute("select pg_advisory_unlock(%s, %s)", [SHARD, shard])
                self.held.discard(shard)
            for shard in set(range(SHARDS)) - self.held:
                if len(self.held) >= fair:
                    break
                cursor.execute("select pg_try_advisory_lock(%s, %s)", [SHARD, shard])
                if cursor.fetchone()[0]:
                    self.held.add(shard)

    def forget(self) -> None:
        """Know that the session, and its locks with it, has ended."""
        self.held.clear()

    def release(self) -> None:
        """Give everything back, for others to take at once."""
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock_all()")
        self.forget()
