"""Results of the commands that run models, as lines, as JSON and as CSV."""

import csv
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from specs.errors import RunError
from specs.render.table import columns
from zoo.detecting import telling
from zoo.files import written_atomically
from zoo.json_text import finite

if TYPE_CHECKING:
    from zoo.ensembling import Ensemble
    from zoo.evaluating import Evaluation
    from zoo.exports.benchmarking import Figures
    from zoo.exports.exporting import ExportReport
    from zoo.exports.manifest import Signature
    from zoo.exports.rechecking import Verified
    from zoo.exports.recovering import Recovered
    from zoo.serving import Answer, Prediction

LEFT_OUT = ("only a SavedModel has it", "only the plain SavedModel of a single model has them")
MAX_CLASSES = 20
"""Classes of the largest confusion matrix that is shown; of more the most frequent mistakes are."""
MAX_MISTAKES = 10
MAX_NAMED = 8
"""Inputs or outputs of a signature that a line names."""


def export_lines(report: "ExportReport") -> str:
    """Where an export lies, and how well it was verified."""
    weights = "trained" if report.trained else "fresh (not trained)"
    gates = [f"{kind} {difference:.1e}" for kind, difference in report.differences.items()]
    return (
        f"Export: {report.directory} ({report.size / 1e6:.1f} MB, {weights} weights)\n"
        f"served in fresh processes, largest difference to the model: {', '.join(gates)}"
        + "".join(f"\n{each}" for each in (report.optimized, report.quantized) if each)
        + "".join(_signature_line(name, each) for name, each in report.signatures.items())
        + "".join(f"\nwithout {name}: {LEFT_OUT[name == 'features']}" for name in report.left_out)
        + ("" if report.warm else "\nno requests to warm up TensorFlow Serving: pip install 'speczoo[warmup]'")
        + ("" if report.signed else "\nno key could be kept at your home, so you will be asked for --trust")
    )


def benchmark_lines(found: "Iterable[Figures]") -> str:
    """A row for each format at each batch size."""
    rows = []
    for each in found:
        times = [f"{seconds * 1e3:.2f}" for seconds in (each.median, each.percentile95)]
        needs = [f"{each.memory / 1e6:,.0f}", f"{each.size / 1e6:,.1f}"]
        rate = f"{each.rows_per_second:,.1f}"
        rows.append([each.export, each.format, str(each.batch_size), *times, rate, *needs])
    header = ["export", "format", "batch", "median ms", "95 % ms", "rows/s", "memory MB", "size MB"]
    return columns(header, rows, right=range(2, len(header)))


def benchmark_json(found: "Iterable[Figures]") -> dict[str, Any]:
    """The same in seconds and bytes."""
    return {"figures": [asdict(each) for each in found]}


def _signature_line(name: str, signature: "Signature") -> str:
    takes, gives = (_shortened(list(each)) for each in (signature.inputs, signature.outputs))
    return f"\n{name}: {takes} → {gives}"


def _shortened(names: list[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f", … and {more} more" if more > 0 else "")


def export_json(report: "ExportReport") -> dict[str, Any]:
    """The same as data."""
    found = {"out": str(report.directory), "name": report.name, "trained": report.trained, "bytes": report.size}
    named = {"optimized": report.optimized, "quantized": report.quantized}
    steps = {name: asdict(each) for name, each in named.items() if each}
    signatures = {name: each.model_dump(mode="json") for name, each in report.signatures.items()}
    more = {"signatures": signatures, "warm": report.warm, **steps}
    return {**found, "differences": dict(report.differences), "signed": report.signed, **more}


def recovered_lines(found: "Recovered") -> str:
    """What came back from an export, and that it computes the same."""
    kind = "run" if found.finished else "spec and model with the fresh weights"
    fresh = f"\nbegin anew, for no export has auxiliary outputs: {', '.join(found.fresh)}" if found.fresh else ""
    return f"{kind}: {found.directory}\nthe same outputs, largest difference {found.difference:.1e}{fresh}"


def recovered_json(found: "Recovered") -> dict[str, Any]:
    """The same as data."""
    return {**asdict(found), "directory": str(found.directory)}


def verified_lines(found: "Verified") -> str:
    """That an export is what it was."""
    files = f"{found.files} files as they were written"
    if found.difference is None:
        return f"{found.directory}: {files}; quantised, so that there are no answers to compare with"
    return f"{found.directory}: {files}; the same answers, largest difference {found.difference:.1e}"


def verified_json(found: "Verified") -> dict[str, Any]:
    """The same as data."""
    return {**asdict(found), "directory": str(found.directory)}


def print_predictions(predictions: Iterable["Prediction"]) -> None:
    """A line for each example as it comes: its best classes, or its numbers; of several outputs each by its name."""
    for each in predictions:
        told = [f"{name and name + ' '}{_told(answer)}" for name, answer in _named(each)]
        print(f"{each.source}: {'; '.join(told)}", flush=True)


def _told(answer: "Answer") -> str:
    if answer.boxes is not None:
        return telling.told(answer.boxes)
    scores = [f"{score.label} {score.value:.4f}" for score in answer.top]
    return ", ".join(scores or [f"{value:.6g}" for value in answer.values])


def _named(prediction: "Prediction") -> Iterator[tuple[str, "Answer"]]:
    """What each output says; the only output goes without a name."""
    alone = len(prediction.outputs) == 1
    for name, answer in prediction.outputs.items():
        yield ("" if alone else name), answer


def prediction_json(prediction: "Prediction") -> dict[str, Any]:
    """The same as data: by output `top` with labels and scores, `values`, or `boxes` with label, score and corners."""
    return {
        "source": prediction.source,
        "outputs": {name: _answer_json(answer) for name, answer in prediction.outputs.items()},
    }


def _answer_json(answer: "Answer") -> dict[str, Any]:
    if answer.boxes is not None:
        return {"boxes": telling.as_data(answer.boxes)}
    if answer.values:
        return {"values": finite(answer.values)}
    return {"top": [{"label": score.label, "score": finite(score.value)} for score in answer.top]}


def write_csv(predictions: Iterable["Prediction"], target: Path) -> None:
    """A row for each example or box, to a file that appears when all are there, or to standard output where it is -."""
    if str(target) == "-":
        _write_rows(predictions, sys.stdout)
        return
    try:
        with written_atomically(target) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            _write_rows(predictions, file)
    except OSError as error:
        raise RunError(f"{target}: cannot be written ({error.strerror or error})") from error


def _write_rows(predictions: Iterable["Prediction"], file: IO[str]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    for index, each in enumerate(predictions):
        boxes = next((answer.boxes for answer in each.outputs.values() if answer.boxes is not None), None)
        if index == 0:
            writer.writerow(_header(each) if boxes is None else telling.HEAD)
        if boxes is not None:
            writer.writerows(telling.rows(each.source, boxes))
            continue
        writer.writerow([each.source, *(cell for answer in each.outputs.values() for cell in _cells(answer))])
    file.flush()


def _header(prediction: "Prediction") -> list[str]:
    """The first line: source, class_1, score_1, …; or source, value_1, …; each with its output's name before it."""
    header = ["source"]
    for name, answer in _named(prediction):
        ranks = range(1, len(answer.top) + 1)
        columns = [column for rank in ranks for column in (f"class_{rank}", f"score_{rank}")]
        columns += [f"value_{number}" for number in range(1, len(answer.values) + 1)]
        header += [f"{name}_{column}" if name else column for column in columns]
    return header


def _cells(answer: "Answer") -> list[Any]:
    return [*(value for score in answer.top for value in (score.label, score.value)), *answer.values]


def evaluation_lines(found: "Evaluation") -> str:
    """Loss and metrics, a table of the classes, and what was taken for what."""
    whole = f"{found.name} on {found.part} ({found.examples:,} examples): {_metrics(found)}"
    return "\n".join([whole, *_class_table(found), *_mistakes(found)])


def _metrics(found: "Evaluation") -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in found.metrics.items())


def evaluation_json(found: "Evaluation") -> dict[str, Any]:
    """All of it as data."""
    return {name: finite(value) for name, value in asdict(found).items()}


def ensemble_lines(found: "Ensemble") -> str:
    """A line for each member and one for the whole: loss and metrics on the test part."""
    lines = [f"{run}: {_metrics(each)}" for run, each in found.members.items()]
    return "\n".join([*lines, f"{found.directory}: {_metrics(found.whole)}"])


def ensemble_json(found: "Ensemble") -> dict[str, Any]:
    """All of it as data."""
    members = [{"run": run, **evaluation_json(each)} for run, each in found.members.items()]
    return {"out": str(found.directory), "whole": evaluation_json(found.whole), "members": members}


def _class_table(found: "Evaluation") -> Iterator[str]:
    if not found.classes:
        return
    width = max(len("class"), *(len(each.label) for each in found.classes))
    yield f"{'class':<{width}}  precision  recall      f1  support"
    for each in found.classes:
        rates = f"{each.precision:9.4f}  {each.recall:6.4f}  {each.f1:6.4f}"
        yield f"{each.label:<{width}}  {rates}  {each.support:7,}"


def _mistakes(found: "Evaluation") -> Iterator[str]:
    labels = [each.label for each in found.classes]
    if 0 < len(labels) <= MAX_CLASSES:
        yield "confusion: a row for each class, a column for what it was taken for"
        width = max(len(label) for label in labels)
        cell = max(len(str(count)) for row in found.confusion for count in row) + 2
        for label, row in zip(labels, found.confusion, strict=True):
            yield f"{label:<{width}}" + "".join(f"{count:{cell}}" for count in row)
        return
    counts = {(a, b): n for a, row in enumerate(found.confusion) for b, n in enumerate(row) if n and a != b}
    for (true, taken), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_MISTAKES]:
        yield f"{labels[true]} taken for {labels[taken]}: {count:,}"
