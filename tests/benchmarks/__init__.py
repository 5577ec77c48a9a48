"""Benchmarks: `make bench`, or `python -m tests.benchmarks [name...]`. No part of `make test`.

Each benchmark is a module here with a function `run(report)`, on a database of its own. What must hold is counted
against the budgets in `report.must`; the rest is there to be read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `holds` is None where nothing must."""

    what: str
    figure: str
    ratio: str = ""
    must: str = ""
    holds: bool | None = None


@dataclass(slots=True)
class Report:
    """Collects figures, and prints each as it comes."""

    figures: list[Figure] = field(default_factory=list)

    def tell(self, what: str, figure: str, *, ratio: str = "") -> None:
        """Note a figure that has no budget."""
        self._add(Figure(what=what, figure=figure, ratio=ratio))

    def must(self, what: str, figure: str, *, holds: bool, must: str, ratio: str = "") -> None:
        """Note a figure with its budget."""
        self._add(Figure(what=what, figure=figure, ratio=ratio, must=must, holds=holds))

    @property
    def failed(self) -> bool:
        return any(figure.holds is False for figure in self.figures)

    def _add(self, figure: Figure) -> None:
        self.figures.append(figure)
        verdict = {None: "", True: "ok", False: "NOT"}[figure.holds]
        print(  # noqa: T201
            f"{figure.what:<64} {figure.figure:>16} {figure.ratio:>10} {figure.must:>12} {verdict:>4}",
            flush=True,
        )


def p95(work: Callable[[], Any], *, times: int = 40) -> float:
    """Return in milliseconds what 95 of 100 runs stay within, after three to warm up."""
    for _warm_up in range(3):
        work()
    taken = sorted(_milliseconds(work) for _time in range(times))
    return taken[int(len(taken) * 0.95) - 1]


def _milliseconds(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1000
