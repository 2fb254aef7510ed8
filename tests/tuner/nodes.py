"""Searches on Ray clusters whose nodes are processes of their own; prints what came of them.

python -m tests.tuner.nodes killed FOLDER     # two nodes, one of which is killed
python -m tests.tuner.nodes pruned FOLDER     # one node, where hopeless trials are stopped
"""

import json
import sys
import time
from pathlib import Path

import ray
from ray.cluster_utils import Cluster as LocalCluster

from tests.tuner.made_up import rows
from tests.tuner.poison import Poisoned, document_of, without_keras_tuner
from tests.tuner.test_pruning import Learning, searched
from tuner.cluster import Cluster
from tuner.conducting import Event, conduct
from tuner.study import Study

TRIALS = 8


def killed(folder: Path) -> None:
    """Eight trials; the second node is lost while the fourth runs."""
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


def pruned(folder: Path) -> None:
    """Eight trials, one after the other."""
    nodes = LocalCluster(initialize_head=True, head_node_args={"num_cpus": 1})
    make = Learning(folder)
    with Cluster(make, folder / "trials", nodes.address, None, judged=True) as pool:
        found = searched(make, pool)
    print(json.dumps({"epochs": [epochs for _, epochs, _ in found.values()], "runs": make.runs()}))
    nodes.shutdown()


if __name__ == "__main__":
    without_keras_tuner()
    {"killed": killed, "pruned": pruned}[sys.argv[1]](Path(sys.argv[2]))
