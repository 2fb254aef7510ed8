"""A search on a Ray cluster of two nodes, each of processes of its own, one of which is killed: prints what came of it.

python -m tests.tuner.nodes FOLDER
"""

import json
import sys
import time
from pathlib import Path

import ray
from ray.cluster_utils import Cluster as LocalCluster

from tests.tuner.made_up import rows
from tests.tuner.poison import Poisoned, document_of, without_keras_tuner
from tuner.cluster import Cluster
from tuner.conducting import Event, conduct
from tuner.study import Study

TRIALS = 8


def main(folder: Path) -> None:
    without_keras_tuner()
    nodes = LocalCluster(initialize_head=True, head_node_args={"num_cpus": 1})
    lost = nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
    make, document = Poisoned(folder, always="sleep"), document_of()
    assert document.search is not None
    search = document.search.model_copy(update={"trials": TRIALS})
    sizes: list[int] = []

    def kill_a_node(event: Event) -> None:
        sizes.append(pool.size)
        # It comes again where the trial itself was on the node that is killed.
        if event.kind == "epoch" and event.trial.id == 4 and lost in nodes.worker_nodes:
            nodes.remove_node(lost, allow_graceful=False)

    with Study.open(folder / "study.sqlite") as study:
        with Cluster(make, folder / "trials", nodes.address, None) as pool:
            conduct(study, search, document.params, 3, pool, kill_a_node)
            while sum(node["Alive"] for node in ray.nodes()) > 1:
                time.sleep(0.5)
        found = study.trials()
    told = {"rows": rows(found), "deaths": [trial.deaths for trial in found], "sizes": sizes, "runs": make.runs()}
    print(json.dumps(told))
    nodes.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
