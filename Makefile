# The everyday commands of dearth; `make help` lists them.
# Everything installed lives in .venv; one stamp per set of dependencies, renewed when pyproject.toml changes.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# Python to build .venv from: the first of these that is new enough and whole; `make run PYTHON=/path/to/python` chooses another.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python3.14)
# `make test BROWSER=skip OFFICE=skip` looks for neither a browser nor LibreOffice.
BROWSER ?= chromium
OFFICE ?= soffice
WORKERS ?= 2
BOARIO := out/bench/boario
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

# A .venv that was moved, or whose Python is gone, is built anew.
HEALTHY := $(BIN)/python -c 'import pip' 2>/dev/null && grep -qF '$(CURDIR)/$(VENV)/' $(BIN)/pip
$(shell { $(HEALTHY); } || rm -f $(VENV)/*.stamp)

.PHONY: help run test kernels lint page book influence validation bench clean browser office node

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(VENV)/run.stamp ## the countdown of squeeze-2025, in the terminal and as out/countdown.html
	@mkdir -p out
	@$(BIN)/dearth countdown squeeze-2025 --html out/countdown.html

# HYPOTHESIS_PROFILE=search lets properties look for examples that no run has met yet.
test: $(VENV)/dev.stamp browser office node kernels ## every test; the last line is the verdict of pytest
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

kernels: $(VENV)/dev.stamp # compiled once and side by side, not by each worker of the tests
	@for study in "countdown steady --draws 1" "countdown steady --draws 2" "price steady --draws 2"; do \
	  DEARTH_ANEW=1 $(BIN)/dearth $$study --weeks 2 --json --quiet > /dev/null & done; wait

lint: $(VENV)/dev.stamp ## ruff, mypy --strict and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tests/unit/test_architecture.py

page: ## the page of `dearth serve` and what reports hold, built anew from web/; fails where the committed files differ
	@cd web && npm ci --no-audit --no-fund && npm run build
	@git diff --exit-code --stat -- src/dearth/faces/static src/dearth/faces/baked
	@test -z "$$(git status --porcelain -- src/dearth/faces/static src/dearth/faces/baked)"

book: $(VENV)/run.stamp ## after a change of data or of how rules are checked: renew what is derived from it
	@$(BIN)/python -c 'from dearth.rules.read import renew_checked; renew_checked()'
	@$(BIN)/dearth book changes --since 9999-12-31 --record src/dearth/data/CHANGES.csv
	@$(BIN)/dearth book report --into docs/data.md

influence: $(VENV)/run.stamp ## after a change of model or data: which figures matter most, anew; takes minutes
	@$(BIN)/dearth book influence --workers $(WORKERS) --record src/dearth/data/influence.csv >/dev/null
	@$(BIN)/dearth book report --into docs/data.md

validation: $(VENV)/dev.stamp ## docs/validation.md anew: the model against what happened, causes taken out; takes many minutes
	@$(BIN)/dearth validate --draws 500 --workers $(WORKERS) --ablations --report docs/validation.md >/dev/null
	@cp docs/validation.md src/dearth/data/validation.md

bench: $(VENV)/bench.stamp $(BOARIO)/stamp ## times and memory, printed as ratios; renews docs/performance.md
	@$(BIN)/python bench/renew_page.py

clean: ## remove .venv, caches and out/
	@rm -rf web/node_modules
	@rm -rf $(VENV) out dist build htmlcov .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -rf .import_linter_cache
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/run.stamp: pyproject.toml
	@if ! { $(HEALTHY); }; then \
		old="" ; found="" ; \
		for name in $(PYTHONS); do \
			"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null </dev/null || continue ; \
			old="$${old:-$$name}" ; \
			"$$name" -c 'import ensurepip, venv' 2>/dev/null </dev/null || continue ; \
			found="$$name" ; break ; \
		done ; \
		if [ -z "$$old" ]; then \
			echo "dearth needs Python 3.11 or newer; tried: $(PYTHONS)." >&2 ; \
			echo "On Debian or Ubuntu: apt-get install python3 python3-venv; or: make PYTHON=/path/to/python3.11" >&2 ; \
			exit 1 ; \
		fi ; \
		if [ -z "$$found" ]; then \
			echo "$$old cannot make a virtual environment: its venv or ensurepip module is missing." >&2 ; \
			echo "On Debian or Ubuntu: apt-get install python3-venv" >&2 ; \
			exit 1 ; \
		fi ; \
		echo "Setting up $(VENV) with $$($$found --version) (once)" >&2 ; \
		"$$found" -m venv --clear $(VENV) ; \
	fi
	@echo "Installing dearth into $(VENV)" >&2
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	@echo "Installing the tools for tests and checks into $(VENV)" >&2
	@$(PIP) install --group dev
	@touch $@

$(VENV)/bench.stamp: $(VENV)/dev.stamp
	@echo "Installing the programs dearth is compared with into $(VENV)" >&2
	@$(PIP) install --group bench
	@touch $@

# BoARIO wants other versions than dearth does, so it lives apart; without it its bench says so.
$(BOARIO)/stamp: $(VENV)/bench.stamp
	@echo "Installing BoARIO into $(BOARIO)" >&2
	@$(BIN)/python -m venv $(BOARIO)
	@$(BOARIO)/bin/python -m pip --quiet --disable-pip-version-check --no-input install \
		'boario>=0.7,<0.8' pymrio progressbar2 'pandas<3' \
		|| { echo "BoARIO could not be installed" >&2; rm -rf $(BOARIO)/bin; }
	@touch $@

# Some tests drive programs of Debian, and are skipped with a word where these cannot be had; nothing else needs them.
# $(call debian,command,its package,what needs it,"skip" not to look for it)
define debian
	@if [ "$(4)" = skip ] || command -v $(1) >/dev/null; then exit 0; fi ; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing $(2) for $(3) (once)" >&2 ; \
		export DEBIAN_FRONTEND=noninteractive ; \
		if timeout 120 apt-get -qq update </dev/null >/dev/null 2>&1 \
			&& timeout 300 apt-get -qq install -y --no-install-recommends $(2) </dev/null >/dev/null 2>&1 ; \
		then exit 0; fi ; \
	fi ; \
	echo "Note: no $(1) here, so $(3) cannot run; the others do. On Debian: apt-get install $(2)" >&2
endef

browser:
	$(call debian,chromium,chromium,page tests,$(BROWSER))

office:
	$(call debian,soffice,libreoffice-calc,tests of workbooks in LibreOffice,$(OFFICE))

# What builds the page, and checks its access for all (axe); users of dearth need neither.
node:
	@if [ web/node_modules/.package-lock.json -nt web/package-lock.json ]; then exit 0; fi ; \
	if command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then \
		echo "Installing what builds the page into web/node_modules (once)" >&2 ; \
		if cd web && timeout 300 npm ci --no-audit --no-fund </dev/null >/dev/null 2>&1; then exit 0; fi ; \
	fi ; \
	echo "Note: no Node.js 20.19 or newer with npm here (or no network), so the page is not rebuilt and axe not asked" >&2
