"""CSV files that a spreadsheet opens without harm."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

PIECE = 500  # rows
BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheets that this is UTF-8
#: What spreadsheets take for a formula at the start of a cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a CSV file in pieces of PIECE rows. No cell of it is taken for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(header)
    for number, cells in enumerate(rows, 1):
        writer.writerow([neutral(cell) for cell in cells])
        if number % PIECE == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: one that looks like it gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
