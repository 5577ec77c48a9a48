"""Places on a module's pages that modules above it fill, in their `apps.py`: `{% place "members.invite" %}`.

The lower module names the place and knows nobody who fills it.
"""

from collections import defaultdict
from collections.abc import Callable

from django.utils.safestring import SafeString

Filler = Callable[[str], SafeString]

_fillers: dict[str, list[Filler]] = defaultdict(list)


def fill(place: str, filler: Filler) -> None:
    """Have a function say what stands in a place of a page of the workspace in scope; it is given the workspace's slug.

    An empty text is for nothing to say.
    """
    _fillers[place].append(filler)


def filled(place: str, slug: str) -> list[SafeString]:
    """Return what stands in a place now."""
    return [text for filler in _fillers[place] if (text := filler(slug))]
