"""What we build on has no hole that is known.

CI reaches no feed of advisories, so they stand here. When one is published, add a row or raise its version.
"""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]

# Package, the first version without the hole, its advisory, and what the hole was.
MENDED = [
    ("celery", "5.2.2", "CVE-2021-23727", "commands from stored results"),
    ("certifi", "2024.7.4", "CVE-2024-39689", "a root that is no longer trusted"),
    ("cryptography", "50.0.0", "CVE-2026-69247", "high severity"),
    ("django", "5.2.8", "CVE-2025-64459", "SQL injection by the names of keyword arguments"),
    ("django", "5.2.11", "CVE-2026-1287", "SQL injection by the names of columns"),
    ("django", "5.2.13", "CVE-2026-3902", "headers spoofed by underscores"),
    ("django", "5.2.15", "GHSA-8cjm-8mp7-r2xf", "private answers kept by the cache"),
    ("django-allauth", "65.13.0", "CVE-2025-65430", "tokens of people who were deactivated"),
    ("django-allauth", "65.14.2", "release notes", "X-Forwarded-For believed, so no limit on guesses"),
    ("django-allauth", "65.19.4", "CVE-2026-97764", "more guesses by writing an address with accents"),
    ("django-filter", "2.4.0", "CVE-2020-15225", "numbers that take long to read"),
    ("djangorestframework", "3.18.2", "CVE-2026-114137", "in its tokens, which we don't use"),
    ("djangorestframework-simplejwt", "5.5.1", "CVE-2024-22513", "tokens of people who were deactivated"),
    ("dnspython", "2.6.1", "CVE-2023-29483", "answers withheld by a forged packet"),
    ("h11", "0.16.0", "CVE-2025-43859", "smuggled requests"),
    ("httpx", "0.23.0", "CVE-2021-41945", "addresses read wrongly"),
    ("idna", "3.7", "CVE-2024-3651", "names that take long to read"),
    ("pillow", "12.1.1", "CVE-2026-25990", "writing past the end of a picture"),
    ("pillow", "12.2.0", "CVE-2026-40192", "a picture that unpacks without end"),
    ("pyjwt", "2.12.0", "CVE-2026-32597", "critical headers that are not understood"),
    ("pyjwt", "2.13.0", "CVE-2026-48526", "a public key taken for a shared secret"),
    ("pyyaml", "5.4", "CVE-2020-14343", "code in documents"),
    ("redis", "4.5.5", "CVE-2023-28859", "answers of another caller after a cancelled call"),
    ("requests", "2.33.0", "CVE-2026-25645", "temporary files that others foresee"),
    ("sqlparse", "0.5.0", "CVE-2024-4340", "nesting without end"),
    ("urllib3", "2.7.0", "CVE-2026-44431", "secrets sent on to another host"),
    ("urllib3", "2.7.0", "CVE-2026-44432", "an answer that unpacks without end"),
]


def declared() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = map(Requirement, project["dependencies"])
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def locked(name: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {
        canonicalize_name(package): Version(number)
        for package, number in re.findall(r"^([\w.-]+)(?:\[.*?\])?==([\w.]+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize(("package", "mended", "advisory", "hole"), MENDED)
def test_no_known_hole_is_left(package: str, mended: str, advisory: str, hole: str) -> None:
    least = Version(mended)

    assert Version(version(package)) >= least, advisory
    for lock in ("production", "development"):
        assert locked(lock)[package] >= least, advisory
    if package in declared():
        assert _minimum(declared()[package]) >= least, advisory


@pytest.mark.parametrize("requirement", declared().values(), ids=str)
def test_every_dependency_declares_its_least_version(requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)

    assert _minimum(requirement) <= Version(version(name))
    assert requirement.specifier.contains(locked("production")[name])


def _minimum(requirement: Requirement) -> Version:
    return next(Version(each.version) for each in requirement.specifier if each.operator == ">=")
