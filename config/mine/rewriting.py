"""The files that `make mine` changes."""

import re
import shutil
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from config.mine import colours
from config.mine.product import Product

FRESH = Path(__file__).with_name("fresh")
ORIGIN = Path("docs/origin.md")
STORY = Path("apps/dev/demo/radar.py")
#: What is only about the starter.
REMOVED = (Path("docs/images"), Path("templates/core/landing"), Path("templates/cotton/joint.html"))

PRODUCT = '''"""What this product is called, and where it lives. `make mine` writes these lines."""

NAME = "{name}"
SLUG = "{slug}"  # for machines: a header of the API, addresses of errors
DOMAIN = "{domain}"
SENDER = "{sender}"
'''

MARK = (
    '<span class="brand"><svg viewBox="0 0 24 24" aria-hidden="true"><rect class="tongue" x="2" y="2" width="20" '
    'height="20" rx="5"/><text x="12" y="17" text-anchor="middle" font-size="14" font-weight="600" fill="#fff">'
    "{initial}</text></svg>{{% product %}}</span>\n"
)

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="{brand}"/>'
    '<text x="16" y="23" text-anchor="middle" font-family="system-ui,sans-serif" font-size="20" font-weight="600" '
    'fill="#fff">{initial}</text></svg>\n'
)

ORIGIN_PAGE = """# Where this came from

{name} began as a copy of {origin} {version} (commit {commit}) on {day}. What {origin} changed since then is in its
changelog, after that version.

Three things keep the old name on purpose:

- The database and its roles (`tenon`, `tenon_app`, `tenon_platform`, `tenon_owner`, `tenon_resolver`): the policies in
  applied migrations name the roles, and only an administrator of the database ever reads them.
- The variables `TENON_PASSWORD` and `TENON_OWNER_PASSWORD` of deploy/docker, which are the passwords of those logins.
- LICENSE: the MIT licence asks to keep its notice with the copied parts. Put yours beside it.
"""


class Rewriting:
    """Changes files from one product to another. `written` and `removed` tell which, as paths below the root."""

    def __init__(self, root: Path, before: Product, after: Product) -> None:
        self.root, self.before, self.after = root, before, after
        self.written: set[Path] = set()
        self.removed: set[Path] = set()

    @property
    def is_first(self) -> bool:
        """Tell whether this still is the starter."""
        return not (self.root / ORIGIN).exists()

    # Once.

    def start_afresh(self, *, commit: str) -> None:
        """Put short pages where the starter's are, and note where the copy came from."""
        for path in REMOVED:
            self._remove(path)
        for source in (path for path in FRESH.rglob("*") if path.is_file()):
            self._put_fresh(source.relative_to(FRESH), source.read_text())
        self._replace("README.md", r"(?s)\A# .*?(?=\n## )", f"# {self.before.name}\n\n{self._built_on()}\n")
        self._write(ORIGIN, self._origin(commit))

    def _put_fresh(self, path: Path, text: str) -> None:
        # Its story goes with the example product.
        if path != STORY or (self.root / "apps/radar").exists():
            self._write(path, text)

    def _built_on(self) -> str:
        return f"Built on {self.before.name} {self._version()}: [docs/origin.md](docs/origin.md)."

    def _version(self) -> str:
        return str(tomllib.loads((self.root / "pyproject.toml").read_text())["project"]["version"])

    def _origin(self, commit: str) -> str:
        return ORIGIN_PAGE.format(
            name=self.after.name,
            origin=self.before.name,
            version=self._version(),
            commit=commit,
            day=datetime.now(UTC).date(),
        )

    # Each time.

    def rename(self) -> None:
        """Write the new name, domain, sender and colour wherever one of them stands."""
        old, new = self.before, self.after
        self._write(
            Path("config/product.py"),
            PRODUCT.format(name=new.name, slug=new.slug, domain=new.domain, sender=new.sender),
        )
        self._replace("README.md", r"\A# .*", f"# {new.name}")
        self._replace("pyproject.toml", r'(?m)^name = ".*"', f'name = "{new.slug}"')
        self._replace("deploy/docker/compose.yaml", r"(?m)^name: .*", f"name: {new.slug}")
        self._replace("deploy/docker/compose.yaml", rf"(?m)^  image: {old.slug}$", f"  image: {new.slug}")
        self._replace("deploy/docker/Dockerfile", rf"--tag {old.slug} ", f"--tag {new.slug} ")
        for name in ("env.example", "README.md"):
            self._replace(f"deploy/docker/{name}", re.escape(old.domain), new.domain)
        self._recolour()

    def _recolour(self) -> None:
        tokens = (self.root / "static/css/tokens.css").read_text()
        self._replace("static/css/tokens.css", r"--brand-hue: \d+;", f"--brand-hue: {self.after.hue};")
        for theme, name in (("light", "brand"), ("light", "brand-ink"), ("dark", "brand-ink")):
            was, now = (
                colours.hex_of(colours.Palette(tokens, theme, hue)[name])
                for hue in (self.before.hue, self.after.hue)
            )
            for path in sorted((self.root / "templates/email").glob("*.html")):
                self._replace(str(path.relative_to(self.root)), was, now)
        brand = colours.hex_of(colours.Palette(tokens, "light", self.after.hue)["brand"])
        self._write(Path("static/img/favicon.svg"), FAVICON.format(brand=brand, initial=self.after.initial))
        self._write(Path("templates/cotton/brand.html"), MARK.format(initial=self.after.initial))

    # Files.

    def _replace(self, path: str, pattern: str, text: str) -> None:
        before = (self.root / path).read_text()
        self._write(Path(path), re.sub(pattern, lambda _found: text, before))

    def _write(self, path: Path, text: str) -> None:
        target = self.root / path
        if target.exists() and target.read_text() == text:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        self.written.add(path)

    def _remove(self, path: Path) -> None:
        target = self.root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        self.removed.add(path)
