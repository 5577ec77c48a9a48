"""Reactions to events."""

from apps.tenancy.handlers import lifecycle, members

__all__ = ["lifecycle", "members"]
