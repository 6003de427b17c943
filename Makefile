# Everything a developer or CI runs. Each target makes .venv first, if it is not there yet.
# The plain commands behind them are in the README (for Windows, or where make is missing).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
RUNS   ?= 5000

.DEFAULT_GOAL := help
.PHONY: help demo test test-linux check format bench fuzz policy mutants soak points header clean guided

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMPS)/run ## The main job, simulated: refused, agreed, found, bound, read, withdrawn, erased
	@$(BIN)/babyn demo

test: $(STAMPS)/dev ## The whole test suite
	@$(BIN)/python -m pytest -n auto

test-linux: $(STAMPS)/dev ## The tests on Linux's own Bluetooth, in a virtual machine (SUITE=bookworm, SUITE=all)
	@$(BIN)/python -m tests.linux --suite $(or $(SUITE),trixie)

check: $(STAMPS)/dev ## Format, lint, types (mypy and pyright, strict), import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(STAMPS)/dev ## Format the code, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMPS)/dev ## Measure, as ratios with both sides in one run
	@$(BIN)/python -m tests.benchmarks

fuzz: $(STAMPS)/fuzz ## Decode a million hostile inputs, then more that coverage leads to
	@$(BIN)/python -m tests.fuzz --inputs 1000000 --guided 100000

guided: $(STAMPS)/fuzz ## Only the latter, and few: atheris, where it installs (RUNS=5000)
	@$(BIN)/python -m tests.fuzz --inputs 0 --guided $(RUNS)

policy: $(STAMPS)/dev ## Print the privacy policy's requirements with what their tests say
	@$(BIN)/python -m tests.requirements.matrix

mutants: $(STAMPS)/dev ## Each requirement's check removed in turn: a test has to notice
	@$(BIN)/python -m tests.requirements.mutants

soak: $(STAMPS)/dev ## Long runs: N random programs against the oracle of consent; WITHDRAWALS with another process at work
	@$(BIN)/python -m tests.privacy.far_side $(or $(WITHDRAWALS),100)
	@$(BIN)/python -m tests.privacy.trace --programs $(or $(N),100000) --seed $(or $(SEED),1)

points: $(STAMPS)/dev ## Each enforcement point of consent removed in turn: the programs have to notice
	@$(BIN)/python -m tests.privacy.trace --points

header: $(STAMPS)/dev ## Make protocol/babyn_wire.h anew from the declarations
	@$(BIN)/python -m babyn_protocol.c_header > protocol/babyn_wire.h

clean: ## Remove .venv and every cache
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(STAMPS)/run: pyproject.toml | $(BIN)/python
	@echo "Installing babyn-ble with its command line, MQTT and simulator into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[all]'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: pyproject.toml | $(BIN)/python
	@echo "Installing babyn-ble with its development tools into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/run

$(STAMPS)/fuzz: pyproject.toml | $(STAMPS)/dev
	@echo "Installing what fuzzes by coverage into $(VENV), where there is a wheel ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[fuzz]'
	@mkdir -p $(STAMPS) && touch $@
