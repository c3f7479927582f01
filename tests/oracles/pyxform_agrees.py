"""Compares Kish's XForm with pyxform's for one questionnaire: pyxform_agrees.py FOLDER_OR_XLSX KISH_XFORM.xml

Compared is what a client can tell apart. Prefixes, comments, indentation, the order of attributes, of `<bind>`
and of the `<text>` in a translation, of translations, of secondary instances and of a text's `<value>`s cannot be told apart
(pyxform itself orders some of them by chance); the order of everything else can.
"""

import csv
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

SHOWN = 20
XFORMS = "{http://www.w3.org/2002/xforms}"
KEYS = {f"{XFORMS}bind": "nodeset", f"{XFORMS}text": "id", f"{XFORMS}translation": "lang", f"{XFORMS}instance": "id", f"{XFORMS}value": "form"}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    pieces: list["Node | str"]

    @property
    def key(self) -> str | None:
        attribute = KEYS.get(self.tag)
        return attribute and self.attributes.get(attribute, "")

    @property
    def step(self) -> str:
        local = self.tag.rpartition("}")[2]
        for attribute in ("nodeset", "ref", "id", "lang", "value"):
            if attribute in self.attributes:
                return f"{local}[{attribute}={self.attributes[attribute]}]"
        return local


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    questionnaire, xform = map(Path, arguments)
    with tempfile.TemporaryDirectory() as scratch:
        book = workbook(questionnaire, Path(scratch)) if questionnaire.is_dir() else questionnaire
        try:
            theirs = convert(book, validate=False).xform
        except PyXFormError as refusal:
            print(f"REFUSED: pyxform does not take {questionnaire}: {refusal}")
            return 1
    found = list(differences(node(ElementTree.fromstring(theirs)), node(ElementTree.parse(xform).getroot())))
    for path, what in found[:SHOWN]:
        print(f"{path}\n    {what}")
    if found:
        print(f"DIFFERENT: {len(found)} differences, {min(len(found), SHOWN)} shown")
        return 1
    print(f"OK: pyxform agrees on {questionnaire}")
    return 0


def workbook(folder: Path, scratch: Path) -> Path:
    book = Workbook()
    book.remove(book.active)
    for sheet in sorted(folder.glob("*.csv")):
        page = book.create_sheet(sheet.stem)
        with sheet.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.reader(rows):
                page.append([cell or None for cell in row])
        for cell in (cell for row in page.iter_rows() for cell in row if cell.value is not None):
            cell.data_type = "s"  # as typed: neither a number nor a formula
    path = scratch / f"{folder.name}.xlsx"
    book.save(path)
    return path


def node(element: ElementTree.Element) -> Node:
    children = [node(child) for child in element]
    texts = [collapse(element.text)] + [collapse(child.tail) for child in element]
    mixed = any(text.strip() for text in texts)
    pieces: list[Node | str] = [texts[0].lstrip() if children else texts[0].strip()]
    for child, text in zip(children, texts[1:]):
        pieces += [child, text]
    if mixed and children:
        pieces[-1] = texts[-1].rstrip()
    pieces = [piece for piece in pieces if isinstance(piece, Node) or (mixed and piece)]
    free = sorted((piece for piece in pieces if keyed(piece)), key=lambda piece: (piece.tag, piece.key))
    attributes = {name: collapse(value).strip() for name, value in element.attrib.items()}
    return Node(element.tag, attributes, [piece for piece in pieces if not keyed(piece)] + free)


def collapse(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text or "")


def keyed(piece: Node | str) -> bool:
    return isinstance(piece, Node) and piece.key is not None


def differences(theirs: Node, ours: Node, above: str = ""):
    path = f"{above}/{theirs.step}"
    if theirs.tag != ours.tag:
        yield path, f"pyxform has <{theirs.tag}>, Kish <{ours.tag}>"
        return
    for name in sorted(theirs.attributes.keys() | ours.attributes.keys()):
        their_value, our_value = theirs.attributes.get(name), ours.attributes.get(name)
        if their_value != our_value:
            yield f"{path}/@{name}", f"pyxform has {their_value!r}, Kish {our_value!r}"
    their_pieces, our_pieces = by_place(theirs.pieces), by_place(ours.pieces)
    for place in their_pieces | our_pieces:
        their_piece, our_piece = their_pieces.get(place), our_pieces.get(place)
        if isinstance(their_piece, Node) and isinstance(our_piece, Node):
            yield from differences(their_piece, our_piece, path)
        elif their_piece != our_piece:
            yield path, f"pyxform has {shown(their_piece)}, Kish {shown(our_piece)}"


def by_place(pieces: list[Node | str]) -> dict[tuple, Node | str]:
    """Free-order pieces by tag and key (a repeated key counts up), the rest by position."""
    places: dict[tuple, Node | str] = {}
    for position, piece in enumerate(pieces):
        place = (piece.tag, piece.key, 0) if keyed(piece) else (position,)
        while place in places:
            place = (*place[:2], place[2] + 1)
        places[place] = piece
    return places


def shown(piece: Node | str | None) -> str:
    return "nothing" if piece is None else piece.step if isinstance(piece, Node) else repr(piece)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
