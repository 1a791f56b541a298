# Every target sets itself up: it creates a virtual environment in .venv and installs the exact
# versions from requirements/. You only need Python and make.
#
#   PYTHON=python3.13   the Python to use instead of python3
#   VERSIONS=newest     the newest versions, in a separate environment; CI also tests the locked
#                       versions "oldest" and "middle"
#   PORT=8001           the demo's port
#   SITE=bootstrap      the demo with another look
#   DATABASE_URL=…      the tests' database (postgres://…, mysql://…)
#   ARGS="-k reply"     additional arguments for pytest

PYTHON ?= python3
PORT ?= 8000
SITE ?= demo
VERSIONS ?=
VENV ?= .venv$(VERSIONS:%=-%)
ARGS ?=

BIN := $(VENV)/bin
# The demo uses its own SQLite file, even if DATABASE_URL is set in the shell.
MANAGE = env -u DATABASE_URL EXAMPLE_SITE_PORT=$(PORT) \
	DJANGO_SETTINGS_MODULE=example_site.settings.$(SITE) $(BIN)/python example_site/manage.py
SOURCES := $(wildcard wagtail_portal example_site tests scripts noxfile.py)
TEMPLATES := $(wildcard wagtail_portal example_site tests)

# A Python that was requested explicitly takes precedence over the one in .venv.
CHOSEN := $(if $(filter command environment,$(firstword $(origin PYTHON))),--chosen)
DRIVER := $(if $(filter postgres%,$(DATABASE_URL)),--group postgres)
DRIVER += $(if $(filter mysql%,$(DATABASE_URL)),--group mysql)

# Compiled modules are kept in .venv, even if PYTHONDONTWRITEBYTECODE is set. Otherwise, every process
# would compile everything it imports, which takes seconds.
export PYTHONPYCACHEPREFIX := $(abspath $(VENV))/pycache
unexport PYTHONDONTWRITEBYTECODE

setup_venv = @command -v $(PYTHON) >/dev/null 2>&1 || \
	{ echo "$(PYTHON) was not found. Choose a Python with PYTHON=…" >&2; exit 1; }; \
	MAKE_GOAL=$@ $(PYTHON) scripts/setup_venv.py --venv $(VENV) $(CHOSEN) \
	$(VERSIONS:%=--versions %)

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint lint-python lint-types lint-templates lint-imports \
	lint-locks docs migrations-check messages messages-check gallery lock format clean

help:
	@echo "make demo      run the example site with demo data on http://localhost:$(PORT)/"
	@echo "make test      run the test suite"
	@echo "make coverage  run the test suite and show what it doesn't cover"
	@echo "make lint      run all static checks"
	@echo "make docs      build the documentation's site and check its links"
	@echo "make gallery   take screenshots of every page: desktop, phone, light, dark, English, Arabic"
	@echo "make messages  collect texts for translation and compile the translations"
	@echo "make lock      lock the newest versions in requirements/ (KEEP=1 only changes what has to change)"
	@echo "make format    format code and templates"
	@echo "make clean     remove .venv and files left behind by tools"
	@echo
	@echo "VERSIONS=newest runs a target with the newest versions instead of the locked ones."

demo:
	$(setup_venv) --group demo
	@env -u DATABASE_URL $(BIN)/python scripts/versions.py
	@$(BIN)/python scripts/check_port.py 127.0.0.1 $(PORT)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) createcachetable --verbosity 0
	@$(MANAGE) load_demo
	@$(MANAGE) demo_hints --port $(PORT)
	@$(MANAGE) runserver 127.0.0.1:$(PORT)

test:
	$(setup_venv) --group test $(DRIVER)
	@$(BIN)/python scripts/versions.py
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

coverage: override ARGS += --cov --cov-report=term
coverage: test

lint: lint-python lint-types lint-templates lint-imports lint-locks migrations-check

lint-python:
	$(setup_venv) --group lint
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/ruff format --check --quiet $(SOURCES)

# The plugin for Django loads the settings and models of the tests.
lint-types:
	$(setup_venv) --group lint --group test
	@$(BIN)/mypy wagtail_portal

lint-templates:
	$(setup_venv) --group lint
	@$(BIN)/djhtml --tabwidth 2 --check $(TEMPLATES)
	@$(BIN)/curlylint --parse-only --quiet $(TEMPLATES)
	@$(BIN)/python scripts/check_templates.py $(TEMPLATES)

lint-imports:
	$(setup_venv) --group lint
	@$(BIN)/lint-imports --no-cache --no-logo

lint-locks:
	$(setup_venv) --group lint
	@$(BIN)/python scripts/check_locks.py

# The documentation's site, in site/. Fails at broken links.
docs:
	$(setup_venv) --group docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

migrations-check:
	$(setup_venv) --group test
	@$(BIN)/python -m django makemigrations --check --dry-run --settings tests.settings \
		wagtail_portal wagtail_portal_pages

# Requires GNU gettext.
messages:
	$(setup_venv) --group test
	@$(BIN)/python scripts/messages.py

messages-check:
	$(setup_venv) --group test
	@$(BIN)/python scripts/messages.py --check

# Screenshots of every page in every look, in gallery/.
gallery:
	$(setup_venv) --group test --group demo
	@$(BIN)/python scripts/gallery.py $(ARGS)

# Lock the exact versions and hashes that all targets and CI install.
lock:
	$(setup_venv) --group release
	@$(BIN)/python scripts/lock.py $(if $(KEEP),--keep)

format:
	$(setup_venv) --group lint
	@$(BIN)/ruff check --fix --quiet $(SOURCES) || true
	@$(BIN)/ruff format --quiet $(SOURCES)
	@$(BIN)/djhtml --tabwidth 2 $(TEMPLATES)

clean:
	@rm -rf $(VENV) .venv .venv-* build dist site htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
