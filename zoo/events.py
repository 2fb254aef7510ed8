"""The history as TensorBoard's event files, with TensorBoard's own records: no TensorFlow is needed."""

import io
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from zoo.files import written_atomically

EVENTS = "events.out.tfevents"
"""What TensorBoard finds its files by."""

LOGS = "logs"
"""Folder of a run that `tensorboard --logdir` is given."""


def write_events(directory: Path, epoch: int, logs: Mapping[str, float]) -> None:
    """Add an epoch, counted from 0, to DIRECTORY/train and DIRECTORY/validation, under the same name in both.

    Each epoch is a file: a record that is cut off would hide all behind it, and an epoch that is trained again replaces
    its own.
    """
    parts: dict[str, dict[str, float]] = {"train": {}, "validation": {}}
    for name, value in logs.items():
        parts["validation" if name.startswith("val_") else "train"][name.removeprefix("val_")] = value
    for part, values in parts.items():
        write_event_file(directory / part / f"{EVENTS}.{epoch:06}", [(epoch + 1, scalars(values))])


def scalars(values: Mapping[str, float]) -> Summary:
    """Numbers by their names as one record."""
    return Summary(value=[Summary.Value(tag=name, simple_value=value) for name, value in values.items()])


def write_event_file(path: Path, records: Iterable[tuple[int, Summary]]) -> None:
    """Write a file that TensorBoard reads: records with their steps, behind its version."""
    now, buffer = time.time(), io.BytesIO()
    writer = RecordWriter(buffer)
    writer.write(Event(wall_time=now, file_version="brain.Event:2").SerializeToString())
    for step, summary in records:
        writer.write(Event(wall_time=now, step=step, summary=summary).SerializeToString())
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_atomically(path) as partial:
        partial.write_bytes(buffer.getvalue())
