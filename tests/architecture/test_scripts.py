"""What our scripts keep in the browser, and what they never do with what they are given."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
#: Ways to run text as code, to write markup, to hear other windows, and to change what all objects have.
NEVER = [
    r"\beval\(",
    r"\bFunction\(",
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write",
    r"postMessage|addEventListener\(\"message\"",
    r"__proto__|\.prototype\b|setPrototypeOf",
    r"\[[a-z.]+\]\s*=[^=]",
]


def test_the_theme_is_all_that_the_browser_keeps() -> None:
    text = "".join(script.read_text() for script in SCRIPTS)

    assert set(re.findall(r"Storage\.\w+\(\"(\w+)\"", text)) == {"theme"}
    assert len(re.findall(r"localStorage", text)) == len(re.findall(r"localStorage\.\w+\(\"theme\"", text))
    assert not re.search(r"sessionStorage|indexedDB|document\.cookie\s*=|caches\.", text)
    assert '"historyCacheSize":0' in (ROOT / "templates" / "base.html").read_text(), "htmx keeps pages else"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_nothing_that_is_given_becomes_code_or_markup(script: Path) -> None:
    found = [pattern for pattern in NEVER if re.search(pattern, script.read_text())]

    assert found == []
