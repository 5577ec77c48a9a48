"""The list of what is kept names every module that keeps something, and tests that there are."""

import re

from django.apps import apps

from config.settings import base
from tests.architecture.test_asvs import NAMED_TEST, ROOT, named_in

TEXT = (ROOT / "docs" / "security" / "data.md").read_text()


def test_each_module_of_the_platform_with_tables_has_a_line() -> None:
    ours = [config for config in apps.get_app_configs() if config.name in base.SHARED_APPS]
    keeping = {found.label for found in ours if found.name.startswith("apps.") and list(found.get_models())}
    table = TEXT.partition("## By module")[2].partition("## Logs")[0]

    assert keeping
    assert keeping <= set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE))


def test_each_rule_is_shown_by_a_test() -> None:
    named = NAMED_TEST.findall(TEXT)

    assert named
    for path, name in named:
        assert name in set(named_in(ROOT / "tests" / path)), f"{path}::{name}"
