# Works on a fresh machine with Python 3.11 or newer, from any folder: make -C path/to/goodsmith demo
# `make help` lists the targets. Nothing is left outside this folder but pip's cache.

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint types layers tests bench bench-attributes bench-facts oracles pin clean
MAKEFLAGS += --no-print-directory
unexport PYTHONPATH PYTHONHOME

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
BIN := .venv/bin
JOBS ?= 2
# Shows a command as a user would type it, then runs it with .venv first on the path.
DO = @sh -ec 'echo; echo "$$ $$*"; PATH="$$PWD/$(BIN):$$PATH"; export PATH; exec "$$@"' sh

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 14

demo: .python  ## set up, then make copy for the sample catalogs, offline; see demo-output/
	@$(PYTHON) scripts/environment.py demo
	@rm -rf demo-output && mkdir demo-output
	$(DO) env GOODSMITH_HOME=demo-output/.goodsmith goodsmith inspect examples/products_zh.xlsx
	$(DO) env GOODSMITH_HOME=demo-output/.goodsmith goodsmith run examples/products_zh.xlsx -r listing --locale zh-CN -o demo-output/products_zh.xlsx
	$(DO) env GOODSMITH_HOME=demo-output/.goodsmith goodsmith run examples/products_en.csv -r listing --locale en-US -o demo-output/products_en.xlsx
	@echo; echo "Open demo-output/products_zh.xlsx and demo-output/products_en.xlsx: the new columns are on the right."

serve: .python  ## set up, then open the pages in a browser; data in ./.goodsmith
	@$(PYTHON) scripts/environment.py serve
	$(DO) goodsmith serve

test: .dev  ## everything that must hold: style, types, layers, tests, the built wheel
	@$(BIN)/python scripts/machine.py
	@$(MAKE) lint
	@$(MAKE) tests

lint: .dev  ## style, types and layers
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "not formatted; run: .venv/bin/ruff format ."; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >.lint-imports.txt || { cat .lint-imports.txt; exit 1; }

tests: .dev  ## only the tests
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -o tmp_path_retention_policy=failed $(ARGS)

bench-facts: .dev  ## how many planted factual errors are found, and at what cost
	$(BIN)/python bench/facts/measure.py

bench: .dev  ## rows/s against the limit, memory, the kill table, peers; half an hour
	$(BIN)/python bench/rows.py
	$(BIN)/python bench/stencil.py
	$(BIN)/python bench/workbook.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/protocols.py
	$(BIN)/python bench/kill.py
	$(BIN)/python bench/kill.py --workers 2
	$(BIN)/python bench/peers.py
	$(BIN)/python bench/forecast.py

oracles: .dev  ## take down again what the vendors' own clients send
	$(BIN)/python -m venv .venv-oracles
	.venv-oracles/bin/python -m pip install -qq --group oracles
	.venv-oracles/bin/python tests/models/oracles/record.py

bench-attributes: .dev  ## how well attributes are completed; needs GOODSMITH_BENCH_DATA
	$(BIN)/python bench/attributes.py

pin: .dev  ## write constraints.txt from what is installed
	@$(BIN)/python scripts/pin.py

clean:  ## remove what make made
	rm -rf .venv .venv-oracles dist build demo-output .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis bench/build
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: .dev .python
.dev: .python
	@$(PYTHON) scripts/environment.py dev

.python:
	@test -n "$(PYTHON)" || { echo "Goodsmith needs Python 3.11 or newer, and none was found. Install it, such as:" >&2; \
		echo "  Debian, Ubuntu:  apt-get install python3 python3-venv" >&2; \
		echo "  macOS:           brew install python" >&2; \
		echo "or say where it is:  make PYTHON=/path/to/python3 demo" >&2; exit 1; }
