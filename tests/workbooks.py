"""Small workbooks (.xlsx and .ods), written by hand, as a spreadsheet program would."""

import struct
import zipfile
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from string import ascii_uppercase
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = {"date": 1, "time": 2, "duration": 3}
"""The styles of numbers: 45000 as a date, 0.75 as a time of day, 1.5 as a duration."""

Cell = str | float | bool | tuple[float, str] | None
"""A cell; a number with the name of a style, an error as text that begins with #."""


def write_xlsx(sheets: Mapping[str, Sequence[Sequence[Cell]]], far: str = "", hidden: Collection[str] = ()) -> bytes:
    """A workbook of these sheets, some hidden, each with one more cell `far` away, if that is given."""
    last = f'<row r="{far.lstrip(ascii_uppercase)}"><c r="{far}"><v>1</v></c></row>' if far else ""
    names = list(sheets)
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(names) + 1)
    )
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" state="{"hidden" if name in hidden else "visible"}" '
        f'r:id="rId{number}"/>'
        for number, name in enumerate(names, 1)
    )
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{DOCUMENT}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}<Relationship Id="rId999" '
        f'Type="{DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="20"/><xf numFmtId="46"/></cellXfs></styleSheet>',
    }
    for number, name in enumerate(names, 1):
        rows = "".join(_write_row(index, row) for index, row in enumerate(sheets[name], 1))
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}{last}</sheetData></worksheet>'
        )
    return write_zip(files)


def write_ods(rows: Sequence[Sequence[str | float]]) -> bytes:
    """An OpenDocument spreadsheet of one sheet."""
    office, table, text = (f"urn:oasis:names:tc:opendocument:xmlns:{part}:1.0" for part in ("office", "table", "text"))
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            if isinstance(cell, str)
            else f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{text}"><office:body>'
        f'<office:spreadsheet><table:table table:name="One">{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return write_zip({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def write_zip(files: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these files; the first is not compressed."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number, (name, content) in enumerate(files.items()):
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)
    return target.getvalue()


def _write_row(index: int, row: Sequence[Cell]) -> str:
    cells = "".join(_write_cell(f"{chr(65 + column)}{index}", cell) for column, cell in enumerate(row))
    return f'<row r="{index}">{cells}</row>'


def _write_cell(place: str, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case (number, style):
            return f'<c r="{place}" s="{STYLES[style]}"><v>{number}</v></c>'
        case str() if cell.startswith("#"):
            return f'<c r="{place}" t="e"><v>{cell}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        case _:
            return f'<c r="{place}"><v>{cell!r}</v></c>'


def write_xlsb(rows: Sequence[Sequence[str | float]]) -> bytes:
    """A binary workbook of one sheet."""
    sheet = _write_record(0x0194, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + _write_record(0x0191)
    for index, row in enumerate(rows):
        sheet += _write_record(0x00, struct.pack("<IIH", index, 0, 300) + bytes(15))
        for column, cell in enumerate(row):
            place = struct.pack("<II", column, 0)
            is_text = isinstance(cell, str)
            sheet += _write_record(
                6 if is_text else 5, place + (_write_wide(cell) if is_text else struct.pack("<d", cell))
            )
    sheet += _write_record(0x0192)
    bundle = _write_record(0x019C, struct.pack("<II", 0, 1) + _write_wide("rId1") + _write_wide("One"))
    relation = f'<Relationship Id="rId1" Type="{DOCUMENT}/%s" Target="%s"/>'
    return write_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{relation % ("officeDocument", "xl/workbook.bin")}'
            "</Relationships>",
            "xl/workbook.bin": _write_record(0x018F) + bundle + _write_record(0x0190) + _write_record(0x019D),
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{PACKAGE}">'
            f"{relation % ('worksheet', 'worksheets/sheet1.bin')}</Relationships>",
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _write_record(kind: int, data: bytes = b"") -> bytes:
    size, length = b"", len(data)
    while length > 0x7F:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    head = bytes([kind]) if kind < 0x80 else struct.pack("<H", kind)
    return head + size + bytes([length]) + data


def _write_wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
