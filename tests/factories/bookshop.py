"""Shelves and books for tests, in the workspace in scope."""

from itertools import count
from typing import Any

from django.db import transaction

from tests.bookshop.models import Book, Shelf

_number = count(1)


def shelf(**details: Any) -> Shelf:
    """Add a shelf."""
    with transaction.atomic():
        return Shelf.objects.create(**{"name": f"Shelf {next(_number)}"} | details)


def book(**details: Any) -> Book:
    """Add a book; on a new shelf, if none is given."""
    with transaction.atomic():
        return Book.objects.create(**{"title": f"Book {next(_number)}", "shelf": shelf()} | details)


def tell(mark: str) -> None:
    """Add a row to each table of the module, with `mark` in every text."""
    book(title=f"Book {mark}", shelf=shelf(name=f"Shelf {mark}"))
