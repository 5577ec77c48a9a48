"""Competitors and signals for tests, in the workspace in scope."""

from itertools import count
from typing import Any

from apps.radar.models import Attribute, Competitor, Signal
from apps.radar.services.attributes import attribute_add, attribute_delete
from apps.radar.services.competitors import competitor_add, competitor_delete
from apps.radar.services.imports.uploads import import_start
from apps.radar.services.saved_filters import saved_filter_add
from apps.radar.services.signals import signal_add

_number = count(1)

#: Commands that work across workspaces, and why (tests/architecture/leaks/exemptions.py).
CROSSING = {"seed": "makes workspaces full of made-up rows, in development"}
#: Tasks that give other workspaces a task each, and why (tests/architecture/leaks/background.py).
ROUNDS = {"task radar.sweep_websites": "has every workspace check its websites, each in its own scope"}


def competitor(**details: Any) -> Competitor:
    """Add a competitor."""
    return competitor_add(**{"name": f"Competitor {next(_number)}"} | details)


def signal(**details: Any) -> Signal:
    """Add a signal; about a new competitor, if none is given."""
    if "competitor_id" not in details:
        details["competitor_id"] = competitor().id
    return signal_add(**{"title": f"Signal {next(_number)}", "kind": "press"} | details)


def attribute(kind: str = "text", **details: Any) -> Attribute:
    """Add an attribute."""
    choices = ["EMEA", "Americas", "APAC"] if kind == "choice" else []
    return attribute_add(**{"name": f"Attribute {next(_number)}", "kind": kind, "choices": choices} | details)


def tell(mark: str) -> None:
    """Add a row to each table of the module, with `mark` in every text."""
    site = f"https://{mark}.example/"
    rival = competitor(name=f"Rival {mark}", website=site, notes=f"Notes {mark}")
    owner = attribute(name=f"Owner {mark}")
    values = {owner.slug: f"Value {mark}"}
    signal(competitor_id=rival.id, title=f"Signal {mark}", source_url=site, attributes=values)
    gone = competitor(name=f"Gone {mark}")
    signal(competitor_id=gone.id, title=f"Gone with it {mark}")
    competitor_delete(competitor_id=gone.id)
    attribute_delete(attribute_id=attribute(name=f"Gone {mark}").id)
    saved_filter_add(name=f"Filter {mark}", query="kind=press")
    rows = f"Title,Competitor,Kind\nNews of {mark},Rival {mark},press\n"
    import_start(file_name=f"{mark}.csv", pieces=[rows.encode()])
