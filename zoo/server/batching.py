"""Requests that come at the same time are computed together: one queue, one thread that computes."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from zoo.server.limits import WINDOW, Limits
from zoo.server.measures import Measures
from zoo.server.refusal import AGAIN, RefusalError
from zoo.server.servable import Arrays, Signature


@dataclass(slots=True, eq=False)
class Job:
    """One request in the queue."""

    signature: Signature
    arrays: Arrays
    answer: asyncio.Future[Arrays]
    arrived: float = field(default_factory=monotonic)
    started: bool = False

    @property
    def rows(self) -> int:
        """Rows of a signature that is asked in rows, else 1."""
        return len(next(iter(self.arrays.values()))) if self.signature.batched else 1

    @property
    def kind(self) -> object:
        """Jobs of the same kind may be computed together."""
        shapes = tuple(array.shape[1:] for array in self.arrays.values())
        return (self.signature.name, shapes) if self.signature.batched else self


class Batcher:
    """The queue, and the thread."""

    def __init__(self, limits: Limits, measures: Measures) -> None:
        self._limits, self._measures = limits, measures
        self._jobs: deque[Job] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "compute")
        self._since: float | None = None
        """Since when the thread is at work."""

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def stuck(self) -> bool:
        """Whether one batch takes longer than a request may."""
        return self._since is not None and monotonic() - self._since > self._limits.seconds

    async def ask(self, signature: Signature, arrays: Arrays) -> Arrays:
        """What the signature gives; `RefusalError` where the queue is full, or the answer takes too long."""
        if len(self._jobs) >= self._limits.max_queue:
            raise RefusalError(
                429, f"{self._limits.max_queue} requests are waiting already; come back in a second", AGAIN
            )
        job = Job(signature, arrays, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._arrived.set()
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await job.answer
        except TimeoutError:
            if job.started:
                raise RefusalError(504, f"the model takes longer than {self._limits.seconds:g} s for this") from None
            raise RefusalError(
                503, f"it was not this request's turn within {self._limits.seconds:g} s", AGAIN
            ) from None

    async def run(self) -> None:
        """Compute what comes, until cancelled."""
        while True:
            await self._arrived.wait()
            left = self._jobs[0].arrived + WINDOW - monotonic() if self._jobs else 0
            if left > 0:
                await asyncio.sleep(left)
            batch = self._taken()
            if batch:
                await self._computed(batch)
            if not self._jobs:
                self._arrived.clear()

    def _taken(self) -> list[Job]:
        """The oldest job and those that go with it, as many as a batch has place for; nobody waits for the others."""
        waiting = [job for job in self._jobs if not job.answer.done()]
        batch: list[Job] = []
        rows = 0
        for job in waiting:
            if not batch or (job.kind == batch[0].kind and rows + job.rows <= self._limits.max_batch):
                batch.append(job)
                rows += job.rows
        self._jobs = deque(job for job in waiting if job not in batch)
        if batch:
            self._measures.batch_rows.observe(rows)
        return batch

    async def _computed(self, batch: Sequence[Job]) -> None:
        for job in batch:
            job.started = True
        self._since = monotonic()
        done = asyncio.get_running_loop().run_in_executor(self._thread, self._outcomes, batch)
        await asyncio.wait([done])
        self._since = None
        failure = done.exception()
        outcomes = [failure] * len(batch) if failure is not None else done.result()
        for job, outcome in zip(batch, outcomes, strict=True):
            if job.answer.done():  # nobody waits any more
                continue
            if isinstance(outcome, BaseException):
                job.answer.set_exception(outcome)
            else:
                job.answer.set_result(outcome)

    def _outcomes(self, batch: Sequence[Job]) -> list[Arrays | RefusalError]:
        """In the thread: what each job gets. Where one of several cannot be computed, each is computed alone."""
        try:
            return list(_parted(self._asked(batch), batch))
        except RefusalError as refusal:
            return [refusal] if len(batch) == 1 else [each for job in batch for each in self._outcomes([job])]

    def _asked(self, batch: Sequence[Job]) -> Arrays:
        signature = batch[0].signature
        given = (
            {name: np.concatenate([job.arrays[name] for job in batch]) for name in signature.inputs}
            if len(batch) > 1
            else batch[0].arrays
        )
        if not signature.batched:
            return signature.ask(given)
        pieces = [signature.ask(piece) for piece in self._pieces(given, batch)]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in signature.outputs}

    def _pieces(self, given: Arrays, batch: Sequence[Job]) -> Iterator[Arrays]:
        """A request may have more rows than a batch; what nobody waits for any more is not computed to its end."""
        most = self._limits.max_batch
        for start in range(0, len(next(iter(given.values()))), most):
            if all(job.answer.done() for job in batch):
                raise RefusalError(504, "nobody waits for the answer")
            yield {name: array[start : start + most] for name, array in given.items()}

    def close(self) -> None:
        """The thread ends with what it is at."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _parted(answers: Arrays, batch: Sequence[Job]) -> Iterator[Arrays]:
    """The rows of each job among those of the batch."""
    if len(batch) == 1:
        yield answers
        return
    start = 0
    for job in batch:
        yield {name: array[start : start + job.rows] for name, array in answers.items()}
        start += job.rows
