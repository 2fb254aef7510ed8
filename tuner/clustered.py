"""A worker on a Ray cluster: it runs one trial after another and tells of each as it goes."""

import queue
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tuner import checkpoints
from tuner.worker import Begun, Done, Epoch, Raised, memory, raised_in

if TYPE_CHECKING:
    from tuner.proposal import Proposal
    from tuner.trial import Run


class Movable(Protocol):
    """Makes what runs trials, with a folder of the machine on which it does."""

    def at(self, directory: Path) -> "Callable[[], Run]":
        """The same with its files in another folder."""


class Trainer:
    """What Ray keeps alive on a machine of the cluster."""

    def __init__(self, make: Movable) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._directory = Path(self._folder.name)
        self._make = make.at(self._directory)
        self._run: Run | None = None
        self._words: queue.Queue[bool] = queue.Queue()

    def trial(
        self, proposal: "Proposal", digest: str | None, weights: bytes | None, judged: bool
    ) -> Iterator[tuple[Any, bytes | None]]:
        """Messages as a worker's, and with the last one the weights that a longer round may start from.

        `weights` are those that the trial starts from; the text is their SHA-256. A trial that is `judged` waits
        after each epoch for a word, which `judge` brings.
        """
        if proposal.source is not None and weights is not None:
            checkpoints.path_of(self._directory, proposal.source).write_bytes(weights)
        messages: queue.Queue[Any] = queue.Queue()
        threading.Thread(target=self._train, args=(proposal, digest, judged, messages.put), daemon=True).start()
        message = None
        while not isinstance(message, (Done, Raised)):
            message = messages.get()
            yield message, self._kept(proposal, message)

    def judge(self, stop: bool) -> None:
        """Says to the trial that runs whether it is to be stopped."""
        self._words.put(stop)

    def _train(self, proposal: "Proposal", digest: str | None, judged: bool, tell: Callable[[Any], None]) -> None:
        def on_epoch(epoch: int, logs: Mapping[str, float]) -> bool:
            tell(Epoch(proposal.id, epoch, dict(logs)))
            return judged and self._words.get()

        try:
            self._run = self._run or self._make()
            tell(Begun())
            tell(Done((self._run(proposal, digest, on_epoch),), memory()))
        except Exception as error:  # noqa: BLE001  # none is lost: the search raises it
            tell(raised_in(error))

    def _kept(self, proposal: "Proposal", message: Any) -> bytes | None:
        if not isinstance(message, Done):
            return None
        path = checkpoints.path_of(self._directory, proposal.id)
        found = path.read_bytes() if message.outcomes[0].checkpoint is not None else None
        checkpoints.prune(self._directory, ())
        return found
