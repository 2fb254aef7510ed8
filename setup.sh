#!/bin/sh
# Sets up .venv with the project in it: `sh setup.sh run` for using it, `sh setup.sh dev` for testing it as well.
# Uses uv where it is there, else venv and pip. NO_UV=1 goes without uv.
set -eu
cd "$(dirname "$0")"
what=$1
group=
if [ "$what" = dev ]; then group="--group dev"; fi

python=
for candidate in python3.13 python3.12 python3.11 python3 python; do
    if "$candidate" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        python=$candidate
        break
    fi
done

if [ -z "${NO_UV:-}" ] && command -v uv >/dev/null 2>&1; then
    echo "setting up .venv with uv …"
    [ -x .venv/bin/python ] || uv venv --quiet --python "${python:-3.12}" .venv
    uv pip install --quiet --python .venv/bin/python --editable . $group
elif [ -n "$python" ]; then
    echo "setting up .venv with $python and pip: some minutes, TensorFlow is large …"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    # Groups of dependencies need pip 25.1.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
    .venv/bin/python -m pip install --quiet --editable . $group
else
    echo "speczoo needs uv, or Python 3.11, 3.12 or 3.13 with venv; none of them is on the PATH" >&2
    exit 1
fi

touch .venv/ready
if [ "$what" = dev ]; then touch .venv/ready-dev; fi
