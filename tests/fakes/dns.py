"""A DNS of a test's own."""

from typing import ClassVar

from apps.core.errors import Unavailable
from apps.tenancy.dns import Dns


class FakeDns(Dns):
    """Answers from `records`; not at all while `is_down`."""

    records: ClassVar[dict[str, set[str]]] = {}
    is_down: ClassVar[bool] = False

    def texts(self, name: str) -> frozenset[str]:
        if self.is_down:
            raise Unavailable
        return frozenset(self.records.get(name, ()))
