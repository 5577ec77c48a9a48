"""A DNS of a test's own."""

from typing import ClassVar

from apps.core.dns import PATIENCE, Dns
from apps.core.errors import Unavailable


class FakeDns(Dns):
    """Answers from `records` and `hosts`; not at all while `is_down`.

    A host that has several answers gives one after the other, and then stays with the last.
    """

    records: ClassVar[dict[str, set[str]]] = {}
    hosts: ClassVar[dict[str, list[list[str]]]] = {}
    is_down: ClassVar[bool] = False

    def texts(self, name: str) -> frozenset[str]:
        if self.is_down:
            raise Unavailable
        return frozenset(self.records.get(name, ()))

    def addresses(self, name: str, *, patience: float = PATIENCE) -> list[str]:
        if self.is_down:
            raise Unavailable
        answers = self.hosts.get(name, [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]
