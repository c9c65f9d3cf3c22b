# Every verb sets up what it needs; Python 3.11+ is the only prerequisite.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DISTS := shared/contracts shared/evidence shared/runtime shared/web \
  services/dropoff services/logistics services/recycler services/education services/traceability \
  clients/partner clients/auditor deploy/local
ARGS ?=
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo up down test check lint bench contracts lock clean

help: ## what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(VENV)/.ready ## virtual environment with the locked versions

$(VENV)/.ready: requirements.lock $(DISTS:%=%/pyproject.toml)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@grep -A 99 '^uv==' requirements.lock | sed -n '1p;2,/^[^ ]/{/^ /p}' > $(VENV)/uv.lock.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock.txt
	@echo "installing locked packages into $(VENV)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(DISTS:%=-e %)
	@touch $@

demo: setup ## a day of Chiang Mai on real Kafka and PostgreSQL (ARGS="--once --seed 7")
	@$(BIN)/ewaste demo $(ARGS)

up: setup ## start Kafka, PostgreSQL and the services
	@$(BIN)/ewaste up $(ARGS)

down: setup ## stop them; data stays under .ewaste/
	@$(BIN)/ewaste down

test: setup lint ## everything: checks, unit, property and contract tests, tests on the real broker and database
	@$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

lint: setup ## ruff, mypy strict, import-linter, deptry
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(DISTS:%=%/src) benchmarks
	@$(BIN)/lint-imports --no-cache
	@set -e; for dist in $(DISTS); do (cd $$dist && $(CURDIR)/$(BIN)/deptry --known-first-party ewaste src); done

bench: setup ## measurements beside their limits, as ratios
	@$(BIN)/python benchmarks/pipeline.py $(ARGS)
	@$(BIN)/python benchmarks/lessons.py
	@$(BIN)/python benchmarks/alerts.py
	@$(BIN)/python benchmarks/exports.py
	@$(BIN)/python benchmarks/tiles.py
	@$(BIN)/python benchmarks/audit.py

contracts: setup ## write the generated JSON Schemas, AsyncAPI document and workflow pages anew
	@$(BIN)/python -m ewaste.contracts generate
	@$(BIN)/python tests/flows/render.py

lock: $(BIN)/uv ## resolve requirements.lock (all) and services/requirements.lock (images) anew
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev pyproject.toml \
	  --custom-compile-command "make lock" \
	  $$(for dist in $(DISTS); do echo --no-emit-package ewaste-$$(basename $$dist); done) -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 services/*/pyproject.toml \
	  --constraint requirements.lock --custom-compile-command "make lock" \
	  $$(for dist in $(DISTS); do echo --no-emit-package ewaste-$$(basename $$dist); done) -o services/requirements.lock

clean: ## remove the virtual environment and caches (data under .ewaste/ stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
