"""The address of a workspace in links: how it is written, and who may have it."""

import re
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.tenancy.interface import SlugTaken

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# Addresses that a page of ours may want, or that would mislead.
RESERVED_SLUGS = {
    "admin",
    "api",
    "app",
    "billing",
    "new",
    "settings",
    "support",
    "www",
    settings.PRODUCT_SLUG,
}


def checked_slug(slug: str) -> str:
    """Return an address in its written form.

    :raises Invalid: if it is none
    :raises SlugTaken: if it is one of ours
    """
    slug = slug.strip().lower()
    if not SLUG.fullmatch(slug):
        raise Invalid(
            fields={
                "slug": [_("Use up to 40 letters a to z, digits and hyphens; begin and end without one.")]
            }
        )
    if slug in RESERVED_SLUGS:
        raise SlugTaken(fields={"slug": [_("This address is reserved. Choose a different one.")]})
    return slug


def address_for(name: str) -> str:
    """Return the slug that a name leads to, if nobody has it yet; empty for an empty name."""
    return (slugify(name)[:30].strip("-") or "workspace") if name.strip() else ""


def slugs_for(name: str) -> list[str]:
    """Return addresses to try for a name, the best first."""
    base = address_for(name)
    first = [] if base in RESERVED_SLUGS else [base]
    return [*first, *(f"{base}-{new_id().hex[-4:]}" for _attempt in range(5))]


def claim_slug(slug: str, *, tenant_id: UUID, instead_of: str = "") -> None:
    """Check that no other workspace holds an address as a former one, and keep it so until the transaction ends.

    :param instead_of: the address that the workspace gives up for it; nobody can take it meanwhile
    :raises SlugTaken: if one does
    """
    with connection.cursor() as cursor:
        for locked in sorted({slug, instead_of} - {""}):  # in one order, so that no two wait for each other
            cursor.execute("select pg_advisory_xact_lock(hashtextextended('slug ' || %s, 0))", [locked])
    if holder_of(slug) not in (None, tenant_id):
        raise SlugTaken(fields={"slug": [str(SlugTaken.message)]})


def holder_of(slug: str) -> UUID | None:
    """Return the workspace that a former address leads to; none for what can be no address."""
    if not SLUG.fullmatch(slug):
        return None
    with connection.cursor() as cursor:
        cursor.execute("select tenant_id from tenancy_resolve_former_slug(%s)", [slug])
        found = cursor.fetchone()
    return found[0] if found else None
