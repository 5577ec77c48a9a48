"""Outside vendors, each behind the same gateway."""
