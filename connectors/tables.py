"""Rows of a table in a file: CSV of any usual kind, or an Excel workbook.

The whole file is in memory; rows are made one after the other. Cells of a CSV are
texts, those of a workbook also numbers, dates and booleans; an empty one is ``None``.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import RefusedError
from .text import fold

SERVICE = "file"
_DELIMITERS = (";", "\t", ",", "|")
_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
#: Unpacked; a workbook of 100,000 rows and thirty columns has less.
_LARGEST_WORKBOOK = 400 * 1024 * 1024
#: Where a document type would stand in a part of a workbook.
_XML_START = 64 * 1024
_SAMPLE = 40
_LONGEST_CELL = 20_000


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How a file is laid out; ``sheet`` is that of a workbook, by name."""

    kind: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


#: Number of the row in the file or sheet, from 1, and its cells.
Row = tuple[int, tuple[Any, ...]]


def table_format(content: bytes, sheet: str | None = None) -> TableFormat:
    """How a file is laid out.

    :raises RefusedError: it is neither a CSV nor an ``.xlsx``, or is empty
    """
    if content.startswith(_WORKBOOK):
        return TableFormat("xlsx", sheet=sheet)
    if content.startswith(_OLD_WORKBOOK):
        raise _refused("This is an old Excel file: save it as .xlsx or CSV first.")
    encoding = _encoding(content)
    text = content.decode(encoding, errors="replace")
    if not text.strip():
        raise _refused("The file is empty.")
    if "\x00" in text[:4000]:
        raise _refused("This is no table: a CSV or an .xlsx file is needed.")
    return TableFormat("csv", encoding=encoding, delimiter=_delimiter(text))


def rows_of(content: bytes, layout: TableFormat) -> Iterator[Row]:
    """The rows that are not empty; one without cells cannot be read.

    :raises RefusedError: the workbook cannot be read
    """
    if layout.kind == "xlsx":
        return _workbook_rows(content, layout.sheet)
    return _csv_rows(content, layout)


def _refused(sentence: str) -> RefusedError:
    return RefusedError(sentence, service=SERVICE)


# ---------------------------------------------------------------------------- CSV


def _encoding(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else what Windows writes."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(text: str) -> str:
    """The one that parts the first lines alike, into the most columns."""
    lines = [line for line in text[:200_000].splitlines()[:_SAMPLE] if line.strip()]
    counts = {}
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        counts[delimiter] = (usual > 1) * widths.count(usual) * usual
    return max(counts, key=counts.get, default=";")


def _csv_rows(content: bytes, layout: TableFormat) -> Iterator[Row]:
    text = content.decode(layout.encoding or "utf-8", errors="replace")
    reader = csv.reader(
        io.StringIO(text.replace("\x00", ""), newline=""),
        delimiter=layout.delimiter or ";",
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        if cells is None or max(map(len, cells), default=0) > _LONGEST_CELL:
            # A quotation mark that is never closed swallows the rows that follow.
            yield line, ()
            continue
        row = tuple([cell.strip() or None for cell in cells])
        if any(row):
            yield line, row


# ----------------------------------------------------------------------- workbooks


def _workbook_rows(content: bytes, sheet: str | None) -> Iterator[Row]:
    book = _open_workbook(content)
    try:
        table = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
        # Sizes that a writer noted wrongly would hide cells.
        table.reset_dimensions()
        for line, cells in enumerate(table.iter_rows(values_only=True), 1):
            row = tuple(
                (cell.strip() or None) if isinstance(cell, str) else cell
                for cell in cells
            )
            if any(cell is not None for cell in row):
                yield line, row
    except RefusedError:
        raise
    except Exception as error:
        # Whatever a broken workbook makes its reader stumble over.
        raise _refused("The Excel file cannot be read: it is damaged.") from error
    finally:
        book.close()


def sheet_names(content: bytes) -> tuple[str, ...]:
    """Names of a workbook's sheets, none of a CSV.

    :raises RefusedError: the workbook cannot be read
    """
    if not content.startswith(_WORKBOOK):
        return ()
    book = _open_workbook(content)
    try:
        return tuple(table.title for table in book.worksheets)
    finally:
        book.close()


def _open_workbook(content: bytes):
    try:
        # Odoo has it, as its own imports do, but needs it as little.
        import openpyxl  # noqa: PLC0415
    except ImportError:
        raise _refused(
            "Excel files cannot be read here: save the file as CSV."
        ) from None
    _check_workbook(content)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
    except Exception as error:
        raise _refused("The Excel file cannot be read: it is damaged.") from error
    if not book.worksheets:
        raise _refused("The Excel file has no sheet.")
    return book


def _check_workbook(content: bytes) -> None:
    """No workbook that unpacks without end, none whose XML defines entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _LARGEST_WORKBOOK:
                raise _refused("The Excel file is far too large.")
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    with archive.open(name) as part:
                        if b"<!DOCTYPE" in part.read(_XML_START):
                            raise _refused("The Excel file is not a usual one.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise _refused("The Excel file cannot be read: it is damaged.") from error


def title(value: Any) -> str:
    """A column's title as it is compared: capitals, no accents, no punctuation."""
    return fold(value)[:120] if isinstance(value, str) else ""
