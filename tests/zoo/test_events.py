"""What TensorBoard and a reader see of a training."""

from pathlib import Path

import zoo


def test_tensorboard_reads_the_history(run: zoo.Run) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for part, prefix in (("train", ""), ("validation", "val_")):
        found = EventAccumulator(str(run.directory / "logs" / part))
        found.Reload()
        for name in ("loss", "accuracy"):
            seen = [(event.step, round(event.value, 5)) for event in found.Scalars(name)]
            history = [(epoch, round(logs[prefix + name], 5)) for epoch, logs in enumerate(run.fit.history, start=1)]
            assert seen == history


def test_equal_histories_are_drawn_alike(run: zoo.Run, tmp_path: Path) -> None:
    from zoo.curves import draw_curves

    draw_curves(run.fit.history, run.fit.best_epoch, tmp_path / "again.svg")
    drawn = (run.directory / "curves.svg").read_text()
    assert (tmp_path / "again.svg").read_text() == drawn
    assert all(f">{text}</text>" in drawn for text in ("loss", "accuracy", "training", "validation", "best epoch"))
