"""Finished runs and ensembles of them, read back from their directories."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

import specs
from specs.document import Document
from specs.dump import dump_tree
from specs.errors import UserError
from specs.files import read_file
from specs.graph import Graph
from specs.ops.base import Frozen, Positive
from specs.tree import plain
from zoo.answers import Gives, gives_of
from zoo.backend import keras
from zoo.building import build, served
from zoo.data.dataset import Classes
from zoo.data.loading import training_of
from zoo.files import sha256_of
from zoo.run_directory import CLASSES, METRICS, MODEL, SPEC
from zoo.voting import Vote, Voting, combined
from zoo.weights import load_weights

ENSEMBLE = "ensemble.yaml"

Change = Callable[[keras.Model, Graph], keras.Model]
"""A model and its graph → another model that takes and gives the same."""


@dataclass(frozen=True)
class Member:
    """One finished run."""

    directory: Path
    document: Document
    classes: Classes
    fingerprint: str
    """Of the data that it was trained on, and of how they were split."""

    @cached_property
    def graph(self) -> Graph:
        """What is served: the model without auxiliary outputs."""
        return specs.lower(self.document).served()

    def model(self, name: str) -> keras.Model:
        """The trained model under a name, without auxiliary outputs."""
        graph = replace(specs.lower(self.document), name=name)
        model = build(graph)
        load_weights(model, self.directory / MODEL)
        return served(model, graph)[0]

    @property
    def gives(self) -> dict[str, Gives]:
        """What its outputs are, by their names."""
        return gives_of(training_of(self.document), self.graph, self.classes)


@dataclass(frozen=True)
class Finished:
    """What can be evaluated, asked and exported: a finished run, or several that vote."""

    directory: Path
    name: str
    members: tuple[Member, ...]
    voting: Voting | None = None
    """How several become one; None for a single run."""

    @property
    def classes(self) -> Classes:
        """Names of classes by output."""
        return self.members[0].classes

    @property
    def document(self) -> Document:
        """Where the data come from, and how outputs are judged: the same for all members."""
        return self.members[0].document

    @property
    def graph(self) -> Graph:
        """Inputs and outputs under the name of the whole; of several members the nodes of the first."""
        return replace(self.members[0].graph, name=self.name)

    def model(self, change: Change = lambda model, graph: model) -> keras.Model:
        """The trained model, which takes and gives what `graph` says; that of each member as `change` makes it."""
        if self.voting is None:
            return change(self.members[0].model(self.name), self.graph)
        named = [(f"member{number}", member) for number, member in enumerate(self.members, start=1)]
        models = [change(member.model(name), replace(member.graph, name=name)) for name, member in named]
        return combined(models, self.graph, self.voting, self.members[0].gives)


class MemberFile(Frozen):
    """A member of an ensemble as it is written down."""

    path: str
    """Its directory, relative to that of the ensemble."""
    spec: str
    """SHA-256 of its spec."""
    model: str
    """SHA-256 of its model."""


class EnsembleFile(Frozen):
    """ensemble.yaml: who votes, and how."""

    name: str
    vote: Vote
    weights: tuple[Positive, ...]
    members: Annotated[tuple[MemberFile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_weight_each(self) -> Self:
        if len(self.weights) != len(self.members):
            raise ValueError(f"{len(self.members)} members need as many weights, there are {len(self.weights)}")
        return self


def read_finished(directory: Path) -> Finished:
    """The run or the ensemble that lies in a directory.

    Raises `UserError` where there is none, or where a member of an ensemble is missing or has changed.
    """
    if (directory / ENSEMBLE).is_file():
        return _ensemble(directory)
    member = read_run(directory)
    return Finished(directory, member.document.name, (member,))


def read_run(run: Path) -> Member:
    """The finished run in a directory; `UserError` where there is none."""
    missing = [name for name in (SPEC, MODEL, CLASSES, METRICS) if not (run / name).is_file()]
    if missing:
        raise UserError(f"{run}: is not a finished run: it has no {missing[0]}")
    classes, metrics = _json(run / CLASSES), _json(run / METRICS)
    if not isinstance(classes, dict):
        raise UserError(f"{run / CLASSES}: names no classes by output")
    names = {output: tuple(each) for output, each in classes.items()}
    return Member(run, specs.load(run / SPEC), names, metrics["data"]["fingerprint"])


def ensemble_text(finished: Finished) -> str:
    """The text of its ensemble.yaml."""
    assert finished.voting is not None, "a single run has none"
    real = os.path.realpath(finished.directory)
    members = [
        {
            "path": os.path.relpath(os.path.realpath(member.directory), real),
            "spec": sha256_of(member.directory / SPEC),
            "model": sha256_of(member.directory / MODEL),
        }
        for member in finished.members
    ]
    voting = finished.voting
    return dump_tree({"name": finished.name, "vote": voting.vote, "weights": list(voting.weights), "members": members})


def _ensemble(directory: Path) -> Finished:
    found = ensemble_file(directory / ENSEMBLE)
    members = []
    for each in found.members:
        run = directory / each.path
        for file, wanted in ((SPEC, each.spec), (MODEL, each.model)):
            if not (run / file).is_file() or sha256_of(run / file) != wanted:
                raise UserError(f"{directory}: its member {run} no longer has the {file} that it had")
        members.append(read_run(run))
    return Finished(directory, found.name, tuple(members), Voting(found.vote, found.weights))


def ensemble_file(path: Path) -> EnsembleFile:
    """What an ensemble.yaml says; `UserError` where it is none."""
    tree = plain(read_file(path, str(path)))
    try:
        return EnsembleFile.model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(key) for key in first["loc"])
        raise UserError(f"{path}: describes no ensemble ({where}: {first['msg']})") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: cannot be read ({error})") from None
