"""The module's pages in the back office."""

from apps.tenancy.admin import receipts, support, workspaces

__all__ = ["receipts", "support", "workspaces"]
