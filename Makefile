# Each target does its own set-up: ./.venv is made once, and brought up to date when
# pyproject.toml, constraints.txt or requirements-dev.txt have changed.
#
#   PYTHON   what makes the venv                 make demo PYTHON=python3.12
#   PIPARGS  more options for pip install        make demo PIPARGS="--find-links /wheels"
#   ARGS     more options for pytest or bench    make test ARGS="-k clip -x"

PYTHON ?= python3
PIPARGS ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(BIN)/python -m pip --disable-pip-version-check --no-input install \
	-c constraints.txt $(PIPARGS)
# On a terminal pip shows how far it is; in a log it would only be long.
QUIET = $$([ -t 2 ] || echo -q)
# More threads than one only wait for each other in models as small as those of the tests.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q
# Two at a time, each file in one of them: its fixtures are made once.
PARALLEL ?= -n 2 --dist loadfile

.PHONY: help demo test lint all-tests bench screenshots setup clean

help:
	@echo "make demo       train a small transformer with planted mistakes, and read the audit"
	@echo "make test       the tests, without the slow ones"
	@echo "make all-tests  all of them"
	@echo "make lint       ruff and pyright"
	@echo "make bench      what an audit costs, measured here: half an hour or more; ARGS=--quick: two"
	@echo "make screenshots  the pictures in docs/screenshots, of real runs in a real browser"
	@echo "make setup      only make ./.venv, with gradaudit and what the tests need"
	@echo "make clean      remove what the others left behind, except ./.venv"

demo: $(VENV)/.ready
	@$(BIN)/gradaudit demo

test: $(VENV)/.ready-dev
	@$(PYTEST) $(PARALLEL) -m "not slow" $(ARGS)

all-tests: $(VENV)/.ready-dev
	@$(PYTEST) $(PARALLEL) $(ARGS)

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(VENV)/.ready-dev
	@$(BIN)/python -m benchmarks.overhead $(ARGS)

screenshots: $(VENV)/.ready-dev
	@OMP_NUM_THREADS=1 $(BIN)/python tools/screenshots.py

setup: $(VENV)/.ready-dev

clean:
	rm -rf build dist demo-output runs .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find gradaudit integrations tests examples benchmarks -name __pycache__ -type d -prune \
		-exec rm -rf {} + 2>/dev/null || true

# PyTorch first and alone: then its version is the pinned one, and the CPU build is taken
# wherever pip has been told of one.
$(VENV)/.torch: constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "gradaudit needs Python 3.11 or newer, and there is \
	no '$(PYTHON)' here; name another: make demo PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("gradaudit needs \
	Python 3.11 or newer, and $(PYTHON) is {}.{}.{}; name another: make demo PYTHON=python3.12" \
	.format(*v[:3]))'
	@echo "The first time only: making ./$(VENV) and installing PyTorch. It is large and takes a while."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) $(QUIET) torch
	@touch $@

$(VENV)/.ready: $(VENV)/.torch pyproject.toml
	@echo "Installing gradaudit into ./$(VENV) ..."
	@$(INSTALL) -q -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	@echo "Installing what the tests need ..."
	@$(INSTALL) $(QUIET) -r requirements-dev.txt
	@touch $@
