# Every target works on a fresh machine with Python 3.11, 3.12 or 3.13, make and git: it sets up .venv first.
PY := .venv/bin/python
ZOO := .venv/bin/zoo

.PHONY: demo test test-fast check golden docs schema bench clean

demo: .venv/ready           ## check, tune, train, export and serve a model on real images
	@PATH="$(CURDIR)/.venv/bin:$$PATH" sh examples/digits/demo.sh

test: .venv/ready-dev       ## all tests, the quick half first
	$(PY) -m pytest -n logical --dist loadfile specs cli.py tests/specs
	$(PY) -m pytest -n logical --dist loadfile zoo tuner tests --ignore=tests/specs

test-fast: .venv/ready-dev  ## the language and the command line, without TensorFlow
	$(PY) -m pytest -n logical --dist loadfile specs cli.py tests/specs

check: .venv/ready-dev      ## lint, format and types, as CI has them
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

golden: .venv/ready-dev     ## rewrite the golden tables and the texts of errors; read the diff
	UPDATE_GOLDEN=1 $(PY) -m pytest -q tests/specs

docs: .venv/ready-dev       ## rewrite the generated pages and the README's code map, and build the site into site/
	$(PY) docs/pages.py
	$(PY) docs/code_map.py
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet

schema: .venv/ready         ## rewrite specs/schema.json, which editors read
	$(PY) -c "import json; from specs.schema import schema; print(json.dumps(schema(), indent=2))" > specs/schema.json

bench: .venv/ready-dev      ## run every benchmark; each prints ratios measured in one run
	$(PY) benchmarks/build.py
	$(PY) benchmarks/step.py
	$(PY) benchmarks/train.py
	$(PY) benchmarks/validate.py
	$(PY) -m benchmarks.draw

.venv/ready: pyproject.toml setup.sh
	sh setup.sh run

.venv/ready-dev: pyproject.toml setup.sh
	sh setup.sh dev

clean:                      ## take the environment and everything that was made away
	rm -rf .venv runs studies exports site
