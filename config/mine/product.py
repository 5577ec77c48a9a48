"""What a product is called now, and what it is asked to be called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

from config import product

NAME = re.compile(r"[^\W_][\w .&'-]{0,39}")
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
SENDER = re.compile(r"[\w.+-]+@" + DOMAIN.pattern)
HUE = re.compile(r"--brand-hue: (\d+);")


class Refused(ValueError):
    """What was asked for can't be; the message says why, and what would work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A name for people and one for machines, where it lives, who sends its mail, and its hue in degrees."""

    name: str
    slug: str
    domain: str
    sender: str
    hue: int

    @property
    def initial(self) -> str:
        return self.name[0].upper()


def current(root: Path) -> Product:
    """Return what the files say."""
    found = HUE.search((root / "static/css/tokens.css").read_text())
    if found is None:
        raise Refused("static/css/tokens.css has no line “--brand-hue: …;”. Put one in.")
    return Product(
        name=product.NAME,
        slug=product.SLUG,
        domain=product.DOMAIN,
        sender=product.SENDER,
        hue=int(found[1]),
    )


def wanted(before: Product, given: Mapping[str, str]) -> Product:
    """Return the product that was asked for.

    :raises Refused: if nothing was asked for, or something can't be
    """
    asked = {key: given.get(key, "").strip() for key in ("NAME", "SLUG", "DOMAIN", "SENDER", "HUE")}
    if not any(asked.values()):
        raise Refused('Say what to change: make mine NAME="Acme" HUE=150 DOMAIN=acme.example.')
    after = replace(before, hue=_hue(asked["HUE"] or str(before.hue)))
    if asked["NAME"]:
        name = _matching(NAME, asked["NAME"], "NAME", "up to 40 letters, digits and spaces, a letter first")
        after = replace(after, name=name, slug=_slug_for(name))
    if asked["SLUG"]:
        after = replace(after, slug=_matching(SLUG, asked["SLUG"], "SLUG", "one like acme-tools"))
    if asked["DOMAIN"]:
        domain = _matching(DOMAIN, asked["DOMAIN"].lower(), "DOMAIN", "one like acme.example")
        after = replace(after, domain=domain, sender=f"hello@{domain}")
    if asked["SENDER"]:
        sender = _matching(SENDER, asked["SENDER"], "SENDER", "an address like hello@acme.example")
        after = replace(after, sender=sender)
    return after


def _slug_for(name: str) -> str:
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return _matching(SLUG, slug, "SLUG", "one like acme-tools, since the name leads to none")


def _hue(text: str) -> int:
    if not text.isdecimal() or int(text) >= 360:
        raise Refused(
            f"HUE is {text!r}. Set it to a whole number from 0 to 359: 25 is red, 150 green, 268 blue."
        )
    return int(text)


def _matching(pattern: re.Pattern[str], text: str, what: str, like: str) -> str:
    if not pattern.fullmatch(text):
        raise Refused(f"{what} is {text!r}. Choose {like}.")
    return text
