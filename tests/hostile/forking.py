"""Reads folders, a line each, and checks the hostile.yaml in each of them in a child of its own, with its limits.

The children are forks of a process that has checked a few specs: what they do and may use is that of a new process,
without the time that imports take. For each folder a line of JSON says how the child ended.
"""

import contextlib
import json
import os
import resource
import sys

import specs
from cli import main
from tests.hostile.process import DATA

STDOUT, STDERR = "stdout.txt", "stderr.txt"
GOOD = "name: t\ninput: {shape: [3]}\nbody: [Dense: {units: 3}]\n"


def warm_up() -> None:
    """Import what checks import when they need it."""
    for text in (GOOD, GOOD.replace("Dense", "Dens")):
        with contextlib.suppress(specs.SpecError):
            specs.loads(text)


def check(folder: str) -> None:
    """Become the command `zoo validate hostile.yaml`, in the folder."""
    os.chdir(folder)
    for stream, name in ((sys.stdout, STDOUT), (sys.stderr, STDERR)):
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600), stream.fileno())
    resource.setrlimit(resource.RLIMIT_DATA, (DATA * 1024, DATA * 1024))
    resource.setrlimit(resource.RLIMIT_CPU, (200, 200))
    try:
        main(["validate", "hostile.yaml"], prog_name="zoo")
    except SystemExit as end:
        # Taking the interpreter down writes to most of the memory that is shared with the parent.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(end.code or 0))


if __name__ == "__main__":
    warm_up()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            check(line.strip())
        _, status, used = os.wait4(child, 0)
        seconds = used.ru_utime + used.ru_stime
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "seconds": seconds}), flush=True)
