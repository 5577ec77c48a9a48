"""`python -m config.mine`, with NAME, SLUG, DOMAIN, SENDER and HUE in the environment; what is left out stays."""

import os
import subprocess
import sys
from pathlib import Path

from config.mine import colours
from config.mine.product import Product, Refused, current, wanted
from config.mine.rewriting import Rewriting

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    try:
        before = current(ROOT)
        after = wanted(before, os.environ)
        _refuse_hue(after.hue)
        _refuse_unsaved_work()
    except Refused as refusal:
        sys.exit(f"{refusal} Nothing was changed.")
    rewriting = Rewriting(ROOT, before, after)
    if rewriting.is_first:
        rewriting.start_afresh(commit=_git("rev-parse", "--short", "HEAD"))
    rewriting.rename()
    _tell(rewriting, after)


def _refuse_hue(hue: int) -> None:
    tokens = (ROOT / "static/css/tokens.css").read_text()
    found = colours.faults(tokens, hue)
    if found:
        closest = colours.nearest(tokens, hue)
        remedy = "" if closest is None else f" The nearest hue that can be read is {closest}."
        raise Refused(f"HUE={hue} would be hard to read: {'; '.join(map(str, found))}.{remedy}")


def _refuse_unsaved_work() -> None:
    try:
        unsaved = _git("status", "--porcelain", "--untracked-files=no")
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise Refused("This is no git checkout. Run `git init`, add all files and commit first.") from None
    if unsaved:
        raise Refused("You have changes that are not committed. Commit them first.")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _tell(rewriting: Rewriting, after: Product) -> None:
    for path in sorted(rewriting.removed):
        print(f"  removed  {path}")
    for path in sorted(rewriting.written):
        print(f"  changed  {path}")
    print(
        f"\nThis is {after.name} now, at {after.domain}, with the hue {after.hue}. Mail comes from {after.sender}."
    )
    print("Look at it with `git diff` and `make dev`, then commit. `git checkout .` takes it back.")
    print("The names of database roles and of Python packages stay: docs/origin.md says why.")


main()
