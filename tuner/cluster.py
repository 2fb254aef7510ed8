"""Trials on the machines of a Ray cluster.

The search keeps the study and proposes; Ray places workers on the GPUs and CPUs of the cluster, and another one where
one was lost with its machine. What a worker keeps of a running trial is its own: elsewhere the trial begins anew.
Weights that a longer round starts from travel with the trials, so that machines need no folder in common.
"""

import math
import os
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import specs
import tuner
import zoo
from specs.errors import UserError
from tuner import checkpoints
from tuner.clustered import Movable, Trainer
from tuner.errors import SearchError
from tuner.pools import Death, OnTrialEpoch
from tuner.trial import Outcome
from tuner.worker import Begun, Done, Epoch, Raised, raised

if TYPE_CHECKING:
    from tuner.proposal import Proposal

PATIENCE = 1.0
"""Seconds after which the clock is looked at while workers are silent."""

MAX_FALSE_STARTS = 20
"""Workers in a row that may be lost before they begin; it takes a while until a machine is known to be gone."""

LOST = "was lost, with its machine or by itself"

_ENVIRONMENT = ("KERAS_BACKEND", "KERAS_HOME", "TF_CPP_MIN_LOG_LEVEL", "PYTHONPATH")
"""What workers take over from the environment of the search."""


@dataclass(slots=True)
class _Slot:
    """A place for a trial: a worker on the cluster, where one was asked for, and what it runs."""

    actor: Any = None
    proposal: "Proposal | None" = None
    digest: str | None = None
    stream: Any = None
    begun: float | None = None


class Cluster:
    """A pool of workers on the cluster at an address; with no number one a GPU, or else one a machine.

    Trials that are `judged` wait after each epoch for a word.
    """

    def __init__(
        self,
        make: Movable,
        directory: Path,
        address: str,
        workers: int | None,
        trial_seconds: float | None = None,
        judged: bool = False,
    ) -> None:
        self._ray = connected(address)
        self._make = make
        self._directory = directory
        self._limit = trial_seconds or math.inf
        self._asked = workers
        self._judged = judged
        self._slots = [_Slot() for _ in range(self._places())]
        self._waiting: deque[tuple[Proposal, str | None]] = deque()
        self._false_starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ray.shutdown()

    @property
    def size(self) -> int:
        """How many trials run at a time; fewer when machines were lost."""
        return len(self._slots)

    def prepare(self, trials: int) -> None:
        """Asks for as many workers as there is work for."""
        for slot in self._slots[:trials]:
            self._staff(slot)

    def submit(self, proposal: "Proposal", digest: str | None) -> None:
        """Keeps a trial until a worker is free, which may be at once."""
        self._waiting.append((proposal, digest))
        self._hand_over()

    def wait(self, on_epoch: OnTrialEpoch, until: float) -> tuple[int, Outcome | Death] | None:
        """Waits for the first trial that ends, and meanwhile hears the workers and ends those past their limit."""
        while (now := time.monotonic()) < until:
            busy = [slot for slot in self._slots if slot.proposal is not None]
            patience = max(0.0, min(PATIENCE, until - now))
            ready, _ = self._ray.wait([slot.stream for slot in busy], timeout=patience, fetch_local=False)
            for slot in busy:
                end = self._heard(slot, on_epoch) if slot.stream in ready else self._overdue(slot)
                if end is not None:
                    assert slot.proposal is not None
                    number, slot.proposal = slot.proposal.id, None
                    self._hand_over()
                    return number, end
            self._hand_over()
        for slot in self._slots:
            self._dismiss(slot)
        self._waiting.clear()
        return None

    def _places(self) -> int:
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        gpus = int(sum(node.get("GPU", 0) for node in nodes))
        room = gpus or int(sum(node.get("CPU", 0) for node in nodes))
        return max(1, min(room, self._asked or gpus or len(nodes)))

    def _staff(self, slot: _Slot) -> None:
        if slot.actor is None:
            has_gpus = self._ray.cluster_resources().get("GPU", 0) >= 1
            remote = self._ray.remote(Trainer)
            options = {"num_gpus": 1} if has_gpus else {"num_cpus": 1, "scheduling_strategy": "SPREAD"}
            # The second thread is for the word on an epoch, while the first gives messages.
            slot.actor = remote.options(max_concurrency=2, **options).remote(self._make)

    def _hand_over(self) -> None:
        for slot in self._slots:
            if self._waiting and slot.proposal is None:
                self._staff(slot)
                slot.proposal, slot.digest = self._waiting.popleft()
                slot.begun, weights = None, self._weights(slot.proposal, slot.digest)
                slot.stream = slot.actor.trial.remote(slot.proposal, slot.digest, weights, self._judged)

    def _weights(self, proposal: "Proposal", digest: str | None) -> bytes | None:
        if proposal.source is None:
            return None
        path = checkpoints.path_of(self._directory, proposal.source)
        return path.read_bytes() if checkpoints.whole(path, digest) else None

    def _heard(self, slot: _Slot, on_epoch: OnTrialEpoch) -> Outcome | Death | None:
        assert slot.proposal is not None
        try:
            message, weights = self._ray.get(next(slot.stream))
        except (self._ray.exceptions.RayActorError, self._ray.exceptions.ObjectLostError) as error:
            return self._lost(slot, str(error))
        match message:
            case Begun():
                self._false_starts, slot.begun = 0, time.monotonic()
            case Epoch(_, epoch, logs):
                stop = bool(on_epoch(slot.proposal.id, epoch, logs))
                if self._judged:
                    slot.actor.judge.remote(stop)
            case Done((outcome,), _):
                if weights is not None:
                    path = checkpoints.path_of(self._directory, slot.proposal.id)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    checkpoints.save(lambda beside: Path(beside).write_bytes(weights), path)
                return outcome
            case Raised():
                raise raised(message)
        return None

    def _lost(self, slot: _Slot, why: str) -> Death | None:
        if slot.begun is not None:
            self._dismiss(slot)
            return Death(LOST)
        # It had not even begun: that says nothing about the trial.
        self._false_starts += 1
        if self._false_starts >= MAX_FALSE_STARTS:
            raise SearchError(f"{self._false_starts} workers in a row were lost before they could run a trial: {why}")
        self._take_back(slot)
        time.sleep(PATIENCE)
        return None

    def _take_back(self, slot: _Slot) -> None:
        assert slot.proposal is not None
        self._dismiss(slot)
        self._waiting.appendleft((slot.proposal, slot.digest))
        slot.proposal = None

    def _overdue(self, slot: _Slot) -> Outcome | None:
        if slot.begun is None:
            if len(self._slots) > self._places():
                # The machine is gone that it was to run on: another slot takes the trial.
                self._take_back(slot)
                self._slots.remove(slot)
            return None
        if time.monotonic() < slot.begun + self._limit:
            return None
        self._dismiss(slot)
        return Outcome(reason=f"took longer than search.trial_seconds, {self._limit:g} s")

    def _dismiss(self, slot: _Slot) -> None:
        if slot.actor is not None:
            self._ray.kill(slot.actor)
        slot.actor = None


def connected(address: str) -> Any:
    """Ray, connected to the cluster at an address: `auto`, or HOST:PORT, from one of its machines.

    Raises UserError where Ray is not installed, or no cluster is there.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UserError("--ray needs Ray, which is not installed: pip install 'speczoo[cluster]'") from error
    if address.startswith("ray://"):
        raise UserError(f"--ray: {address} is Ray's client; search on a machine of the cluster, with --ray auto")
    code = [str(Path(str(package.__file__)).parent) for package in (specs, zoo, tuner)]
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        ray.init(address, runtime_env={"py_modules": code, "env_vars": environment}, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise UserError(f"--ray: no cluster at {address} ({error}); ray start --head begins one") from error
    return ray
