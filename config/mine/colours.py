"""The contrast of the interface's colours, computed from the token file as a browser would.

OKLCH to sRGB after https://www.w3.org/TR/css-color-4/, contrast after https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin

TEXT, GRAPHIC = 4.5, 3.0  # the least ratios of WCAG 2.2 AA
GROUNDS = ("canvas", "sidebar", "surface", "surface-2")

#: Foreground, background and the least ratio, for every pair that the brand's hue changes.
PAIRS = (
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-hover", TEXT),
    *(("brand-ink", ground, TEXT) for ground in (*GROUNDS, "brand-soft")),
    *(("brand", ground, GRAPHIC) for ground in ("canvas", "sidebar", "surface")),
    *((text, "brand-soft", TEXT) for text in ("text", "text-2")),
)

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Oklch:
    lightness: float
    chroma: float
    hue: float


@dataclass(frozen=True, slots=True)
class Fault:
    """Two colours that stand on each other and are too alike."""

    theme: str
    foreground: str
    background: str
    ratio: float
    least: float

    def __str__(self) -> str:
        return (
            f"{self.foreground} on {self.background} in the {self.theme} theme "
            f"reaches {self.ratio:.2f}:1 and needs {self.least}:1"
        )


def faults(tokens: str, hue: int) -> list[Fault]:
    """Return the pairs that would break WCAG AA if the brand had this hue; `tokens` is the text of tokens.css."""
    found = []
    for theme in ("light", "dark"):
        colour = Palette(tokens, theme, hue)
        for foreground, background, least in PAIRS:
            ratio = min(_ratios(colour[foreground], colour[background]))
            if ratio < least:
                found.append(Fault(theme, foreground, background, ratio, least))
    return found


def nearest(tokens: str, hue: int) -> int | None:
    """Return the hue closest to `hue` that breaks no pair; None if every hue does."""
    for distance in range(181):
        for candidate in ((hue + distance) % 360, (hue - distance) % 360):
            if not faults(tokens, candidate):
                return candidate
    return None


def hex_of(colour: Oklch) -> str:
    """Return the sRGB colour that comes closest, as #rrggbb."""
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in _reduced(colour))


class Palette:
    """The colours of a theme by token name, with another hue of the brand."""

    def __init__(self, tokens: str, theme: str, hue: int) -> None:
        self._values = dict(re.findall(r"--([a-z0-9-]+):\s*([^;]+);", tokens)) | {"brand-hue": str(hue)}
        self._theme = theme

    def __getitem__(self, name: str) -> Oklch:
        value = re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: self._values[found[1]], self._values[name])
        if value.startswith("light-dark("):
            value = value[len("light-dark(") : -1].split(", ")[self._theme == "dark"]
        return _parsed(value)


def _parsed(value: str) -> Oklch:
    if value == "#fff":
        return Oklch(1, 0, 0)
    found = re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", value)
    if found is None:
        raise ValueError(f"{value!r} is not #fff or oklch(L% C H). Extend config/mine/colours.py to read it.")
    return Oklch(float(found[1]) / 100, float(found[2]), float(found[3]))


def _ratios(one: Oklch, other: Oklch) -> Iterator[float]:
    """Give the contrast for both ways in which screens and browsers show what sRGB can't: duller, or clipped."""
    for shown in (_reduced, _clipped):
        bright, dark = sorted((_luminance(shown(one)), _luminance(shown(other))), reverse=True)
        yield (bright + 0.05) / (dark + 0.05)


def _luminance(rgb: Rgb) -> float:
    return sum(share * _linear(channel) for share, channel in zip((0.2126, 0.7152, 0.0722), rgb, strict=True))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


@cache
def _reduced(colour: Oklch) -> Rgb:
    """Take chroma away until sRGB can show it."""
    low, high = 0.0, colour.chroma
    if _fits(_linear_srgb(colour)):
        return _clipped(colour)
    while high - low > 0.0001:
        middle = (low + high) / 2
        inside = _fits(_linear_srgb(Oklch(colour.lightness, middle, colour.hue)))
        low, high = (middle, high) if inside else (low, middle)
    return _clipped(Oklch(colour.lightness, low, colour.hue))


def _clipped(colour: Oklch) -> Rgb:
    red, green, blue = (_encoded(min(max(channel, 0.0), 1.0)) for channel in _linear_srgb(colour))
    return red, green, blue


def _fits(linear: Rgb) -> bool:
    return all(-0.0001 <= channel <= 1.0001 for channel in linear)


def _linear_srgb(colour: Oklch) -> Rgb:
    a, b = colour.chroma * cos(radians(colour.hue)), colour.chroma * sin(radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
