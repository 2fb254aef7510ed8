"""Boxes from COCO's JSON, Pascal VOC's XML, YOLO's texts and made canvases: one form, and what is wrong by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import specs
from specs.errors import DataError
from zoo.data import load_data
from zoo.data.boxes import boxes_of
from zoo.data.loading import read_examples

SPEC = """
name: finder
input: {{shape: [20, 20, 1]}}
body: [Conv2D: {{filters: {filters}, kernel_size: 10, strides: 10}}]
train: {{data: {data}, loss: YoloV1}}
"""
SIZES = {"a.png": (40, 20), "b.png": (10, 30)}
PIXELS = {"a.png": [[4, 2, 24, 12, 0], [30, 0, 40, 20, 1]], "b.png": [[0, 15, 5, 30, 1]]}
"""Corners and classes; cat is 0, dog is 1."""
NAMES = ("cat", "dog")
XML = "<annotation><filename>{name}</filename>{size}{objects}</annotation>"
OBJECT = (
    "<object><name>{name}</name>{more}<bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox>"
    "</object>"
)


def loaded(folder: Path, data: str, classes: int = 2) -> Any:
    path = folder / "finder.yaml"
    path.write_text(SPEC.format(data=data, filters=10 + classes))
    return read_examples(specs.load(path))


def images(folder: Path) -> None:
    folder.mkdir(parents=True)
    for shade, (name, size) in enumerate(SIZES.items(), start=1):
        Image.new("L", size, 50 * shade).save(folder / name)


def as_coco(folder: Path, **changes: Any) -> str:
    images(folder / "images")
    boxes = [(image, box) for image, each in enumerate(PIXELS.values()) for box in each]
    content: dict[str, Any] = {
        "images": [
            {"id": at, "file_name": name, "width": width, "height": height}
            for at, (name, (width, height)) in enumerate(SIZES.items())
        ],
        # The ids of the categories have gaps, as COCO's own do.
        "categories": [{"id": 18, "name": "dog"}, {"id": 17, "name": "cat"}],
        "annotations": [
            {"id": at, "image_id": image, "category_id": 17 + box[4], "iscrowd": 0,
             "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]]}
            for at, (image, box) in enumerate(boxes)
        ],
    }  # fmt: skip
    for name, rows in changes.items():
        content[name] = [*content[name], *rows]
    (folder / "annotations").mkdir(exist_ok=True)
    (folder / "annotations" / "boxes.json").write_text(json.dumps(content))
    return "{coco: {path: annotations/boxes.json, images: ../images}}"


def as_voc(folder: Path, objects: str = "", size: str | None = None, more: str = "") -> str:
    images(folder / "voc" / "JPEGImages")
    (folder / "voc" / "Annotations").mkdir()
    for name, (width, height) in SIZES.items():
        told = size or f"<size><width>{width}</width><height>{height}</height></size>"
        rows = [OBJECT.format(x + 1, y + 1, x2, y2, name=NAMES[at], more="") for x, y, x2, y2, at in PIXELS[name]]
        text = more + XML.format(name=name, size=told, objects="".join(rows) + objects)
        (folder / "voc" / "Annotations" / f"{name[0]}.xml").write_text(text)
    return "{pascal_voc: {path: voc}}"


def as_text(folder: Path, **extra: str) -> str:
    images(folder / "yolo" / "images" / "train")
    (folder / "yolo" / "labels" / "train").mkdir(parents=True)
    for name, (width, height) in SIZES.items():
        rows = [
            f"{at} {(x + x2) / 2 / width:f} {(y + y2) / 2 / height:f} {(x2 - x) / width:f} {(y2 - y) / height:f}"
            for x, y, x2, y2, at in PIXELS[name]
        ]
        (folder / "yolo" / "labels" / "train" / f"{name[0]}.txt").write_text("\n".join(rows) + "\n")
    (folder / "yolo" / "data.yaml").write_text("train: images/train\nnames: {0: cat, 1: dog}\n")
    for name, text in extra.items():
        (folder / "yolo" / "labels" / "train" / f"{name}.txt").write_text(text)
    return "{yolo_text: {path: yolo}}"


@pytest.mark.parametrize("write", [as_coco, as_voc, as_text])
def test_all_forms_of_files_give_the_same_boxes(write: Any, tmp_path: Path) -> None:
    examples = loaded(tmp_path, write(tmp_path))
    assert examples.classes == {"output": NAMES}
    assert examples.x["input"].shape == (2, 20, 20, 1)
    assert examples.x["input"].take(np.array([1])).mean() == 100
    for row, name in zip(examples.y["output"], SIZES, strict=True):
        wanted = np.array(PIXELS[name], np.float32)
        wanted[:, :4] /= np.array(SIZES[name] * 2)
        np.testing.assert_allclose(boxes_of(row), wanted, atol=1e-5)


def test_names_may_stand_in_a_text_and_images_may_have_no_boxes(tmp_path: Path) -> None:
    data = as_text(tmp_path)
    (tmp_path / "yolo" / "data.yaml").unlink()
    (tmp_path / "yolo" / "classes.txt").write_text("cat\ndog\n")
    (tmp_path / "yolo" / "labels" / "train" / "a.txt").unlink()
    examples = loaded(tmp_path, data)
    assert examples.classes["output"] == NAMES
    assert [len(boxes_of(row)) for row in examples.y["output"]] == [0, 1]


def test_crowds_boxes_without_area_and_difficult_objects_are_left_out(tmp_path: Path) -> None:
    crowd = {"id": 8, "image_id": 0, "category_id": 17, "iscrowd": 1, "bbox": [0, 0, 5, 5]}
    flat = {"id": 9, "image_id": 0, "category_id": 17, "iscrowd": 0, "bbox": [0, 0, 5, 0]}
    examples = loaded(tmp_path, as_coco(tmp_path, annotations=[crowd, flat]))
    assert len(boxes_of(examples.y["output"][0])) == 2
    difficult = OBJECT.format(1, 1, 5, 5, name="cat", more="<difficult>1</difficult>")
    assert len(boxes_of(loaded(tmp_path, as_voc(tmp_path, difficult)).y["output"][0])) == 2


BOX = {"id": 9, "image_id": 0, "category_id": 17, "bbox": [0, 0, 5, 5]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"annotations": [BOX | {"bbox": [30, 0, 12, 5]}]},
            "the box 30 0 42 5 is not inside the image of 40×20 pixels",
        ),
        ({"annotations": [BOX | {"bbox": [5, 5, -3, 5]}]}, "the box 5 5 2 10 has no area"),
        ({"annotations": [BOX | {"bbox": [5, 5, 3]}]}, "annotation 9 has no bbox of four numbers"),
        ({"annotations": [BOX | {"bbox": [5, 5, 3, "x"]}]}, "are not finite numbers"),
        ({"annotations": [BOX | {"category_id": 3}]}, "has the category 3, which the file does not have"),
        ({"annotations": [BOX | {"image_id": 7}]}, "has the image 7, which the file does not have"),
        ({"images": [{"id": 5, "file_name": "c.png"}]}, "1 of 3 images in"),
        ({"images": [{"id": 5, "file_name": "../boxes.json"}]}, "'../boxes.json' is not the name of a file in it"),
        ({"images": [{"id": 0, "file_name": "b.png"}]}, "two images have the same id"),
        ({"images": [{"id": 5, "file_name": "a.png", "width": 20, "height": 20}]}, "is 40×20 pixels, its annotation"),
        ({"categories": [{"id": 17, "name": "bird"}]}, "a category needs an id and a name of its own"),
    ],
)
def test_what_is_wrong_in_a_coco_file_is_named(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as failure:
        loaded(tmp_path, as_coco(tmp_path, **changes))
    assert said in str(failure.value)


@pytest.mark.parametrize("text", ["", "[]", '{"images": 3}', "[" * 100_000, "null"])
def test_what_is_no_coco_file_is_refused(text: str, tmp_path: Path) -> None:
    data = as_coco(tmp_path)
    (tmp_path / "annotations" / "boxes.json").write_text(text)
    with pytest.raises(DataError, match=r"is no JSON|has no list of images"):
        loaded(tmp_path, data)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"objects": OBJECT.format(1, 1, 45, 5, name="cat", more="")}, "is not inside the image"),
        ({"objects": OBJECT.format(1, "y", 5, 5, name="cat", more="")}, "are not finite numbers"),
        ({"objects": OBJECT.format(1, 1, 5, 5, name="", more="")}, "has an object without a name"),
        ({"size": "<size><width>5</width><height>5</height></size>"}, "its annotation says 5×5"),
        ({"objects": "<object>" * 20 + "</object>" * 20}, "nested more than 16 deep"),
        ({"objects": "<object>"}, "is no XML"),
        ({"objects": " " * 2**20}, "is larger than 1024 KiB"),
        # Entities are declared in a document type: a kilobyte of them can come to gigabytes, or read other files.
        ({"more": "<!DOCTYPE a [<!ENTITY e 'eeee'>]>"}, "has a document type"),
        ({"more": "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>"}, "has a document type"),
    ],
)
def test_what_is_wrong_in_voc_files_is_named_and_nothing_is_expanded(
    given: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as failure:
        loaded(tmp_path, as_voc(tmp_path, **given))
    assert said in str(failure.value)
    assert "2 of 2 files" in str(failure.value) or "of 2 images" in str(failure.value) or "without" in said


def test_classes_of_voc_files_may_be_given(tmp_path: Path) -> None:
    as_voc(tmp_path)
    examples = loaded(tmp_path, "{pascal_voc: {path: voc, classes: [dog, cow, cat]}}", classes=3)
    assert boxes_of(examples.y["output"][0])[:, 4].tolist() == [2, 0]
    with pytest.raises(DataError, match="has the class 'cat', which is none of dog"):
        loaded(tmp_path, "{pascal_voc: {path: voc, classes: [dog]}}")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 1.5 1", "is not inside the image"),
        ("2 0.5 0.5 1 1", "line 1 has the class '2'; there are 0 to 1"),
        ("0 0.5 0.5 1", "line 1 has 4 fields"),
        ("0 nan 0.5 1 1", "are not finite numbers"),
        ("0 0.5 0.5 0 1", "has no area"),
    ],
)
def test_what_is_wrong_in_yolo_texts_is_named(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as failure:
        loaded(tmp_path, as_text(tmp_path, a=line))
    assert said in str(failure.value)
    assert "1 of 2 images" in str(failure.value)


def test_texts_without_images_and_folders_without_anything_are_told(tmp_path: Path) -> None:
    data = as_text(tmp_path, z="0 0.5 0.5 1 1")
    with pytest.raises(DataError, match=r"1 files in labels have no image, the first train/z\.txt"):
        loaded(tmp_path, data)
    (tmp_path / "yolo" / "labels" / "train" / "z.txt").unlink()
    for text, said in (("names: {1: cat}", "has no `names`"), ("a: [", "is no YAML"), ("names: [a, a]", "class twice")):
        (tmp_path / "yolo" / "data.yaml").write_text(text)
        with pytest.raises(DataError, match=said):
            loaded(tmp_path, data)
    (tmp_path / "yolo" / "data.yaml").unlink()
    with pytest.raises(DataError, match=r"has no data\.yaml or classes\.txt"):
        loaded(tmp_path, data)
    for other in (
        "{coco: {path: none.json}}",
        "{pascal_voc: {path: none}}",
        "{yolo_text: {path: none}}",
    ):
        with pytest.raises(DataError, match=r"there is no such|has no folder"):
            loaded(tmp_path, other)


def test_images_that_cannot_be_read_are_counted_and_named(tmp_path: Path) -> None:
    data = as_text(tmp_path)
    (tmp_path / "yolo" / "images" / "train" / "b.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"1 of 2 images in .*\n.*b\.png: is not a readable image"):
        loaded(tmp_path, data)


def test_canvases_are_equal_for_equal_arguments_and_their_boxes_fit_the_ink(tmp_path: Path) -> None:
    data = "{digit_canvas: {size: 40, examples: 60, most: 3, seed: 4}}"
    one, other = (loaded(tmp_path, data, classes=10) for _ in range(2))
    np.testing.assert_array_equal(one.y["output"], other.y["output"])
    canvases = one.x["input"].take(np.arange(60))
    np.testing.assert_array_equal(canvases, other.x["input"].take(np.arange(60)))
    assert one.classes["output"] == tuple("0123456789")
    assert one.held_out == 12
    boxes = [boxes_of(row) for row in one.y["output"]]
    assert {len(each) for each in boxes} <= {1, 2, 3}
    changed = loaded(tmp_path, data.replace("seed: 4", "seed: 5"), classes=10)
    assert not np.array_equal(changed.y["output"], one.y["output"])


def test_ink_lies_inside_of_the_boxes_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "canvas.yaml"
    path.write_text(
        "name: a\ninput: {shape: [40, 40, 1]}\nbody: [Conv2D: {filters: 20, kernel_size: 10, strides: 10}]\n"
        "train: {data: {digit_canvas: {size: 40, examples: 50, most: 3}}, loss: YoloV1}\n"
    )
    dataset = load_data(specs.load(path))
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [34, 6, 10]
    for part in (dataset.train, dataset.test):
        x, y = part.all()
        for image, row in zip(x["input"], y["output"], strict=True):
            ink = image[..., 0] > 0
            for x_min, y_min, x_max, y_max, _ in np.rint(boxes_of(row) * [40, 40, 40, 40, 1]).astype(int):
                inside = ink[y_min:y_max, x_min:x_max]
                # Each side of the box touches ink.
                assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
                ink[y_min:y_max, x_min:x_max] = False
            assert not ink.any()
