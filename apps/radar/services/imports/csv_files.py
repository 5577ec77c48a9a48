"""Reading comma-separated files as people have them: any of four encodings and delimiters, and hostile ones too.

A file is read piece by piece and line by line, so that its size does not matter.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Invalid
from apps.core.spreadsheets import FORMULA_STARTS

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 100_000  # characters
LONGEST_ROW = 1_000_000  # characters, on as many lines as quotation marks hold together
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a file. `number` is the line it starts at; `fault` says why there are no cells."""

    number: int
    cells: list[str]
    fault: str = ""


class LineTooLong(ValueError):
    """A line, or a row of lines, is longer than any real one."""


class EncodingGuess:
    """Finds out the encoding of a file from its pieces, as they come by."""

    def __init__(self) -> None:
        self._start = b""
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        """Take the next piece.

        :raises Invalid: if the file is a workbook and not text
        """
        if not self._decoders:
            self._begin(piece)
        for name, decoder in list(self._decoders.items()):
            try:
                decoder.decode(piece, final)
            except UnicodeDecodeError:
                del self._decoders[name]
                if not self._decoders:
                    raise Invalid(
                        fields={"file": [_("We can't read this text. Save the file as CSV in UTF-8.")]}
                    ) from None

    def _begin(self, piece: bytes) -> None:
        if piece.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise Invalid(fields={"file": [_("This is a workbook. Save it as CSV, then choose that file.")]})
        if piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            names = ["utf-16"]
        elif piece.startswith(codecs.BOM_UTF8):
            names = ["utf-8-sig"]
        else:
            names = ["utf-8", "cp1252"]
        self._decoders = {name: codecs.getincrementaldecoder(name)() for name in names}

    @property
    def encoding(self) -> str:
        """The most likely encoding of what was fed."""
        return next(iter(self._decoders), "utf-8")


def guess_delimiter(pieces: Iterable[bytes], encoding: str) -> str:
    """Return the delimiter that the first line uses most, outside of quotes."""
    first = next((text for text in lines(pieces, encoding) if text.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def rows(pieces: Iterable[bytes], *, encoding: str, delimiter: str) -> Iterator[Line]:
    """Yield the rows that hold anything, the header first.

    A row that can't be read comes with its fault. After a quotation mark that is never closed nothing follows.
    """
    source = _Rows(lines(pieces, encoding))
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        number, source.length = reader.line_num + 1, 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except LineTooLong:
            yield Line(number=number, cells=[], fault=_("This line is too long. Nothing after it was read."))
            return
        except csv.Error as error:
            if _lost_its_way(error):
                yield Line(number=number, cells=[], fault=_unclosed())
                return
            yield Line(number=number, cells=[], fault=_("A quotation mark stands in the wrong place."))
            continue
        if any(cell.strip() for cell in cells):
            yield _line(number, cells)


def lines(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield the lines of a file, with their ends.

    :raises LineTooLong: if one is longer than `LONGEST_LINE`
    """
    text = io.TextIOWrapper(io.BufferedReader(_Pieces(pieces)), encoding, errors="replace", newline="")
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise LineTooLong
        yield line


class _Rows:
    """The lines of one row after the other; whoever begins a row sets its `length` to 0.

    :raises LineTooLong: if a row is longer than `LONGEST_ROW`
    """

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self.length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = next(self._texts)
        self.length += len(text)
        if self.length > LONGEST_ROW:
            raise LineTooLong
        return text


class _Pieces(io.RawIOBase):
    """Pieces of bytes, as a file that is read once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def original(cell: str) -> str:
    """Return the cell that `neutral` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell


def _line(number: int, cells: list[str]) -> Line:
    if len(cells) > MOST_COLUMNS:
        return Line(number=number, cells=[], fault=_("This line has too many cells."))
    if any("\0" in cell for cell in cells):
        return Line(
            number=number, cells=[], fault=_("This line holds a character that a text cannot have (NUL).")
        )
    return Line(number=number, cells=[original(cell.strip()) for cell in cells])


def _lost_its_way(error: csv.Error) -> bool:
    return "field limit" in str(error) or "unexpected end" in str(error)


def _unclosed() -> str:
    return _("A quotation mark is opened here and never closed. Nothing after it was read.")
