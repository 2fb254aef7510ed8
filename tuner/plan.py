"""What a worker is sent: all that it needs to make what runs trials, the data not among it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zoo
from specs.document import Document
from specs.errors import UserError
from specs.sections.search import Search
from tuner.errors import StudyChangedError

if TYPE_CHECKING:
    from tuner.trial import Run


Layers = tuple[tuple[Any, type, Callable[..., Any]], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A search as a worker sees it; called there, it loads the data and gives what runs trials."""

    document: Document
    search: Search
    epochs: int
    """Epochs of a full trial."""
    directory: Path
    """Where running trials keep their state, and weights are kept for Hyperband."""
    data: str
    """The fingerprint of the data that the study was made for."""
    layers: Layers = ()
    """What `zoo.register` was given in the search's own process."""

    def __call__(self) -> "Run":
        """What runs trials; StudyChangedError where the data have changed since the search began."""
        register(self.layers)
        dataset = zoo.load_data(self.document)
        if dataset.fingerprint != self.data:
            raise StudyChangedError(f"{self.document.name}: the data have changed since the search began")
        return self.runner(dataset)

    def at(self, directory: Path) -> "Plan":
        """The same for a worker that keeps its files in another folder."""
        return replace(self, directory=directory)

    def runner(self, dataset: "zoo.Dataset") -> "Run":
        """What runs trials on data that are loaded already."""
        from tuner.trial import Runner

        runner = Runner(self.document, dataset, self.search, self.epochs, self.directory)
        if self.search.folds is not None:
            # Where layers measure values, each fold has its own, which another compiled model computes with.
            most = max(runner.compiled.most, self.search.folds)
            return replace(runner, compiled=zoo.CompiledModels(most=most))
        if self.search.trials_per_step == 1:
            return runner
        from tuner.stacking import Stacker

        return Stacker(runner)


def register(layers: Layers) -> None:
    """Makes the layers known, but for those whose own module did so when it was imported for them."""
    known = registered()
    for layer in layers:
        if layer not in known:
            zoo.register(*layer)


def registered() -> Layers:
    """The layers of one's own that this process knows; UserError where one is of the program itself.

    A worker does not run the user's program, and finds there nothing that it defines.
    """
    module = sys.modules.get("zoo.registering")  # where it was not imported, nothing was registered
    layers: Layers = tuple(module.REGISTERED) if module else ()
    for layer in layers:
        for part in layer:
            if part.__module__ == "__main__":
                raise UserError(
                    f"{part.__name__}: is defined in the program itself, where workers do not find it; move it to a "
                    "module and import it, or search with workers=0"
                )
    return layers
