"""Contrast is computed as a browser would, and no hue that is accepted is hard to read."""

import pytest

from config.mine import colours
from config.mine.colours import Oklch, Palette, faults, nearest
from config.mine.product import current
from tests.databases import ROOT

TOKENS = (ROOT / "static/css/tokens.css").read_text()


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        (Oklch(1, 0, 0), "#ffffff"),
        (Oklch(0.628, 0.2577, 29.23), "#ff0000"),
        (Oklch(0.8664, 0.2948, 142.5), "#00ff00"),
        (Oklch(0.452, 0.3132, 264.05), "#0000ff"),
        (Oklch(0.5, 0, 0), "#636363"),
    ],
)
def test_colours_are_those_of_css(colour: Oklch, expected: str) -> None:
    assert colours.hex_of(colour) == expected


def test_black_on_white_is_21_to_1() -> None:
    assert list(colours._ratios(Oklch(0, 0, 0), Oklch(1, 0, 0))) == pytest.approx([21, 21])


def test_our_own_hue_is_accepted() -> None:
    assert faults(TOKENS, current(ROOT).hue) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_accepted_hue_is_read_well_as_screens_round_it(theme: str) -> None:
    accepted = [hue for hue in range(360) if not faults(TOKENS, hue)]
    assert 150 in accepted

    for hue in accepted:
        palette = Palette(TOKENS, theme, hue)
        for foreground, background, least in colours.PAIRS:
            shown = [colours.hex_of(palette[name]) for name in (foreground, background)]
            assert contrast(*shown) > least - 0.05, (hue, foreground, background)


def contrast(one: str, other: str) -> float:
    """Return the ratio as WCAG defines it, from #rrggbb."""
    dark, bright = sorted(map(luminance, (one, other)))
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (red, green, blue)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_a_refusal_names_what_fails_and_the_nearest_hue_that_does_not(hue: int) -> None:
    found, closest = faults(TOKENS, hue), nearest(TOKENS, hue)

    assert all(fault.ratio < fault.least and fault.foreground in str(fault) for fault in found)
    assert closest is not None
    assert (closest == hue) is (found == [])
    assert faults(TOKENS, closest) == []


def test_where_no_hue_helps_there_is_no_remedy() -> None:
    grey = TOKENS.replace("--on-brand: #fff", "--on-brand: oklch(60% 0 0)")

    assert nearest(grey, 150) is None
