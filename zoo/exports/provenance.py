"""What is known of a run, an ensemble or a document as the origin of its export."""

from pathlib import Path

import pydantic

from specs.analysis.memory import memory
from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph
from specs.licences import data_origins
from zoo.exports.origin import Data, Figures, Needs, Origin, Training
from zoo.finished import Finished
from zoo.run_directory import METRICS


def provenance(source: Finished | Document, graph: Graph) -> Origin:
    """The origin of what is exported from a run, an ensemble or a document, as this graph of it."""
    document = source.document if isinstance(source, Finished) else source
    needs = Needs(params=graph.params, macs=graph.macs, memory=memory(graph, document.train).total)
    if isinstance(source, Document):
        return Origin(needs=needs)
    runs = tuple(_training(member.directory / METRICS) for member in source.members)
    data = tuple(Data(name=name, licence=licence, source=where) for name, licence, where in data_origins(document))
    return Origin(runs=runs, test=_test(source, runs), data=data, needs=needs)


def _training(path: Path) -> Training:
    try:
        return Training.model_validate_json(path.read_bytes())
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise UserError(
            f"{path}: is not of a finished run ({'.'.join(map(str, first['loc']))}: {first['msg']})"
        ) from None


class _Whole(pydantic.BaseModel):
    """What is wanted of an ensemble's metrics.json."""

    test: Figures


def _test(source: Finished, runs: tuple[Training, ...]) -> Figures:
    if source.voting is None:
        return runs[0].test
    return _Whole.model_validate_json((source.directory / METRICS).read_bytes()).test
