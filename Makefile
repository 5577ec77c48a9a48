# The project's commands. `make` alone lists them.

PYTHON ?= python3
RUN := .venv/bin/python

# Every gate of `make check`: add a target below and its name here.
CHECKS := check-format check-lint check-types check-imports check-django check-deploy check-migrations \
          check-dockerfile check-compose check-workflow

# What `make mine` takes, from its own command line alone: some systems set NAME themselves.
ASKED := NAME SLUG DOMAIN SENDER HUE

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help dev test bench chaos check lint format lock mine reset install $(CHECKS)

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

dev: install ## Run everything on this machine, with demo data
	@$(RUN) -m config.dev

test: install ## Run all tests
	@$(RUN) -m pytest -n 2 --dist=worksteal

bench: install ## Measure speed against the budgets; takes minutes. One of them: make bench NAMES=silos
	@$(RUN) -W ignore -m tests.benchmarks $(NAMES)

chaos: install ## Kill what delivers 10,000 events and what works off 1,000 webhooks; takes minutes
	@$(RUN) -W ignore -m tests.benchmarks chaos billing_chaos

check: install ## Run every check that is not a test
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)
	@echo "All checks passed."

lint: install ## Find mistakes in style, types and module borders
	@$(MAKE) --no-print-directory --keep-going check-format check-lint check-types check-imports

format: install ## Format the code and fix what can be fixed by machine
	@.venv/bin/ruff check --quiet --fix .
	@.venv/bin/ruff format --quiet .

lock: ## Take changed dependencies into requirements/; needs uv
	@$(LOCK) --output-file requirements/production.txt
	@$(LOCK) --group dev --output-file requirements/development.txt

mine: install ## Rename it: make mine NAME="Acme" HUE=150 DOMAIN=acme.example
	@$(foreach name,$(ASKED),$(if $(filter command,$(origin $(name))),,unset $(name);)) $(RUN) -m config.mine

reset: install ## Stop everything and delete the development data
	@$(RUN) -m config.dev.reset
	@echo "Everything is stopped, and var/ is gone."

install:
	@command -v $(PYTHON) >/dev/null || { echo "This needs Python 3.11 or newer. Install it, or choose one: PYTHON=/path/to/python make dev" >&2; exit 1; }
	@$(PYTHON) config/bootstrap.py

check-format:
	@echo "format"
	@.venv/bin/ruff format --quiet --check .

check-lint:
	@echo "lint"
	@.venv/bin/ruff check --quiet .

check-types:
	@echo "types"
	@.venv/bin/mypy --no-error-summary

check-imports:
	@echo "imports"
	@report=$$(.venv/bin/lint-imports --no-logo) || { echo "$$report"; exit 1; }

check-django:
	@echo "django"
	@$(RUN) manage.py check --fail-level WARNING

check-deploy:
	@echo "deploy"
	@set -a; . tests/config/production.env; $(RUN) manage.py check --deploy --fail-level WARNING

check-migrations:
	@echo "migrations"
	@$(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --skip-checks

check-dockerfile:
	@echo "dockerfile"
	@.venv/bin/hadolint deploy/docker/Dockerfile

check-compose:
	@echo "compose"
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/docker/compose.yaml

check-workflow:
	@echo "workflow"
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
