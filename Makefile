# Two commands: `make demo` shows PUMA with a sample facility, `make test` runs every check. `make help` lists the rest.

PYTHON ?= python3
WORKERS ?= auto
DEMO ?=
export PYTHON

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench lock words plotly clean install machine

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

demo: install ## a sample facility, harvested, matched, indexed and served on http://127.0.0.1:8050 (DEMO="--size medium")
	$(BIN)/puma demo $(DEMO)

test: machine lint ## lint, types, architecture, tests; the last line is pytest's
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: install ## style, types and architecture only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: install ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## the measurements in benchmarks/, each beside a rival in the same run
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)" || exit 1; done

words: install ## write the README's room table anew from the first lines of the files
	$(BIN)/python -m tests.house.readme

lock: install ## take the newest versions that pyproject.toml allows
	$(PIP) install --quiet uv
	$(LOCK) --all-extras --output-file requirements.lock
	$(LOCK) --extra postgresql --extra opensearch --constraints requirements.lock --output-file docker/requirements.lock

plotly: install ## build the script that draws charts anew, of Plotly's version in the lock (needs Node.js)
	npm install --prefix build/plotly --ignore-scripts --no-audit --no-fund \
	  plotly.js@$$($(BIN)/python -c 'from plotly.offline import get_plotlyjs_version as v; print(v())') esbuild@0.28.1
	node dashboards/assets/plotly/build.js $(CURDIR)/build/plotly $(CURDIR)/dashboards/assets/plotly

clean: ## remove what was made here, the sample facility too; the sources stay
	rm -rf $(VENV) demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(INSTALLED)

# Only when the lock or pyproject.toml changed. The build tool is among the locked packages, so nothing unlocked is fetched.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) --version 2>/dev/null || echo not there); \
	  echo "PUMA needs Python 3.11 or newer, and $(PYTHON) is $$found." \
	       "Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --no-compile --require-hashes --requirement requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

machine:
	@if [ "$$CI" = true ]; then tests/machine.sh; fi
