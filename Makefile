# make run    sets everything up and serves        make test   sets everything up and runs the tests
# make check  ruff, mypy, import-linter            make bench  measures, each beside its plain alternative
# make chaos  2,000 cases with two processes of which one is killed every few seconds
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: run test check bench chaos eval citations doctor clean

run: $(VENV)/.run
	@exec $(BIN)/python -m bot run $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

bench: $(VENV)/.run
	@$(BIN)/python -m bench $(ARGS)

# CHAOS_CASES, CHAOS_SECONDS (how long it lasts), CHAOS_SEED (printed at the start) change it.
chaos: $(VENV)/.dev
	@CHAOS_CASES=$${CHAOS_CASES:-2000} $(BIN)/python -m pytest -s tests/chaos $(ARGS)

# What needs the reference data that is not part of the project: DATA=folder with questions/ and statutes/
DATA ?= ../shared/data
eval: $(VENV)/.run
	@$(BIN)/python -m knowledge.evaluate $(DATA)/questions

citations: $(VENV)/.run
	@$(BIN)/python -m knowledge.check $(DATA)/statutes

doctor: $(VENV)/.run
	@$(BIN)/python -m bot doctor

$(VENV)/.run: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this one is " + sys.version.split()[0] + ". Use: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the program needs (once; a minute or two) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	@PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing what the tests need (once) …"
	@PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build *.egg-info
