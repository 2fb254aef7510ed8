"""Runs the checks of a diagnosis, one after the other, within a budget of seconds."""

import contextlib
import time
import warnings
from collections.abc import Callable

from specs.errors import UserError
from zoo.backend import keras
from zoo.data import load_data
from zoo.data.python import Data, as_dataset
from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Check, not_asked
from zoo.diagnosing.checks import CHECKS as CHECKS
from zoo.diagnosing.findings import Diagnosis, Finding
from zoo.diagnosing.preparing import bench_of
from zoo.sources import Source, as_document
from zoo.stepping import check_usual

OnCheck = Callable[[int, int, str], None]
"""Checks that are done, all checks, and the name of the one that begins."""
OnFinding = Callable[[Finding], None]

SECONDS = 60.0


def diagnose(
    source: Source,
    *,
    seconds: float = SECONDS,
    data: Data | None = None,
    on_check: OnCheck | None = None,
    on_finding: OnFinding | None = None,
    **params: object,
) -> Diagnosis:
    """Ask whether a training learns at all: a finding for each check, within about so many seconds.

    Data, augmentation, batch size, losses, optimizer and seed are the spec's. Nothing is written. What there is no time
    for is `not asked`; Ctrl-C ends it with what was found so far. Raises `UserError` where spec or data cannot be used.
    """
    if not seconds > 0:
        raise UserError(f"a diagnosis takes more than 0 seconds (got {seconds:g})")
    began, document = time.monotonic(), as_document(source, dict(params))
    check_usual(document, "a diagnosis")
    dataset = load_data(document) if data is None else as_dataset(data, document)
    findings: list[Finding] = []
    with warnings.catch_warnings(), contextlib.suppress(KeyboardInterrupt):
        warnings.filterwarnings("ignore", ".*from_logits=True.*", UserWarning)  # the first check says it
        bench = bench_of(document, dataset, seconds)
        for number, check in enumerate(CHECKS):
            if on_check is not None:
                on_check(number, len(CHECKS), check.name)
            findings.append(_asked(check, bench))
            if on_finding is not None:
                on_finding(findings[-1])
    stopped = len(findings) < len(CHECKS)
    findings += [not_asked("stopped before it").to(check, 0.0) for check in CHECKS[len(findings) :]]
    backend = keras.backend.backend()
    return Diagnosis(document.name, document.file, backend, time.monotonic() - began, tuple(findings), stopped)


def _asked(check: Check, bench: Bench) -> Finding:
    began = time.monotonic()
    answer = check.find(bench) if bench.left() else not_asked(f"the {bench.seconds:g} seconds were over")
    return answer.to(check, time.monotonic() - began)
