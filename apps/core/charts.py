"""Axes of charts."""

from itertools import count

STEPS = 5  # at most
ROUND = (10, 20, 25, 50)  # tenths of a power of ten


def axis(highest: int) -> list[int]:
    """Return the marks of an axis for whole numbers from 0 to `highest`, the topmost first.

    They are as few steps apart as fit, each 1, 2, 2.5 or 5 times a power of ten, and whole.
    """
    step = next(
        tenths * 10**power // 10
        for power in count()
        for tenths in ROUND
        if tenths * 10**power % 10 == 0 and tenths * 10**power // 10 * STEPS >= highest
    )
    steps = max(1, -(-highest // step))
    return [step * number for number in range(steps, -1, -1)]
