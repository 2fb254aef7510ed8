"""Pascal VOC's annotations: an XML file an image."""

import xml.parsers.expat
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder

from specs.errors import DataError
from specs.sections.boxes import PascalVoc
from zoo.data.box_files import Annotated, as_boxes, boxed, inside, numbers, tried
from zoo.data.boxes import Boxed, numbers_of
from zoo.files import open_regular

FOLDER = "Annotations"
SIDES = ("xmin", "ymin", "xmax", "ymax")
MAX_BYTES = 1024**2
"""Of one file."""
MAX_DEPTH = 16
"""Elements inside each other; VOC's own have six."""


def pascal_voc(arguments: PascalVoc, folder: Path, size: tuple[int, int, int]) -> Boxed:
    """The images of all XML files in the order of the files' names."""
    place = folder / arguments.path / FOLDER
    if not place.is_dir():
        raise DataError(f"{place}: there is no such folder")
    files = sorted(place.glob("*.xml"))
    if not files:
        raise DataError(f"{place}: has no .xml files")
    trees = dict(zip(files, tried(place, read_xml, files, "files"), strict=True))
    named = {_class(path, each) for path, root in trees.items() for each in _objects(root)}
    classes = arguments.classes or tuple(sorted(named))
    read = partial(_annotated, folder / arguments.path / arguments.images, numbers_of(classes))
    return boxed(place, tried(place, read, list(trees.items()), "files"), classes, size)


def read_xml(path: Path) -> Element:
    """The root of a small XML file. A document type, by which entities are declared, is refused."""
    with open_regular(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(f"{path}: is larger than {MAX_BYTES // 1024} KiB")
    builder, parser, depth = TreeBuilder(), xml.parsers.expat.ParserCreate(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise DataError(f"{path}: has elements nested more than {MAX_DEPTH} deep")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def document_type(*_: Any) -> None:
        raise DataError(f"{path}: has a document type, which annotations have no use for")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = document_type
    try:
        parser.Parse(content, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        raise DataError(f"{path}: is no XML ({error})") from None
    return builder.close()


def _objects(root: Element) -> list[Element]:
    return [each for each in root.iter("object") if (each.findtext("difficult") or "0").strip() != "1"]


def _class(path: Path, each: Element) -> str:
    name = (each.findtext("name") or "").strip()
    if not name:
        raise DataError(f"{path}: has an object without a name")
    return name


def _annotated(images: Path, numbered: dict[str, int], named: tuple[Path, Element]) -> Annotated:
    path, root = named
    rows = []
    for each in _objects(root):
        name = _class(path, each)
        if name not in numbered:
            raise DataError(f"{path}: has the class {name!r}, which is none of {', '.join(list(numbered)[:8])}")
        x_min, y_min, x_max, y_max = numbers([each.findtext(f"bndbox/{side}") for side in SIDES], str(path))
        # The first pixel is 1, and the last one belongs to the box.
        rows.append([x_min - 1, y_min - 1, x_max, y_max, numbered[name]])
    told = [root.findtext(f"size/{name}") for name in ("width", "height")]
    width, height = (int(each) for each in numbers(told, str(path))) if all(told) else (0, 0)
    image = inside(images, (root.findtext("filename") or "").strip())
    return Annotated(image, as_boxes(rows), size=(width, height) if width and height else None)
