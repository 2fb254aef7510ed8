"""The history as TensorBoard's event files, with TensorBoard's own records: no TensorFlow is needed."""

import io
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from zoo.files import written_atomically

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
        (directory / part).mkdir(parents=True, exist_ok=True)
        with written_atomically(directory / part / f"events.out.tfevents.{epoch:06}") as partial:
            partial.write_bytes(_records(epoch, values))


def _records(epoch: int, values: Mapping[str, float]) -> bytes:
    summary = Summary(value=[Summary.Value(tag=name, simple_value=value) for name, value in values.items()])
    now, buffer = time.time(), io.BytesIO()
    writer = RecordWriter(buffer)
    writer.write(Event(wall_time=now, file_version="brain.Event:2").SerializeToString())
    writer.write(Event(wall_time=now, step=epoch + 1, summary=summary).SerializeToString())
    return buffer.getvalue()
