# The two commands: `make serve` and `make test`. `make help` lists all.
# Works with GNU make 3.81 and later and a plain sh. Another Python is named by
# PYTHON=python3.12; ARGS="..." is handed on to the command behind a verb.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# A copy of the lock, put there once all of it is installed.
STAMP := $(VENV)/installed.txt
UNFINISHED := $(VENV)/unfinished

# Material prints a banner about MkDocs 2 without this.
export NO_MKDOCS_2_WARNING := 1
# For `make old-tflite`: pyenv's Python 3.8, or one that uv finds.
PYTHON38 = $(firstword $(wildcard $(HOME)/.pyenv/versions/3.8.*/bin/python) 3.8)
# What `make old-tflite` has made; empty without it.
export TFLITE_27_PYTHON := $(wildcard $(CURDIR)/$(VENV)/tflite-2.7/bin/python)

VERSION := 'import sys; print("%d.%d" % sys.version_info[:2])'
SUPPORTED := 3.11 3.12 3.13

.DEFAULT_GOAL := help
.PHONY: help serve test build bench goals lock upgrade format lint old-tflite clean install reinstall

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
	    while IFS='|' read -r verb text; do printf '%-17s %s\n' "$$verb" "$$text"; done

serve: install ## show the site on http://127.0.0.1:8000, and each change of a page at once
	$(PY) -m mkdocs serve --dev-addr 127.0.0.1:8000 $(ARGS)

test: install ## run everything that can fail: pages, engine, site, examples (one page: ARGS=docs/en/quickstart.md)
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

build: install ## write the site to site/, with itself as one zip; any warning is an error
	$(PY) -m mkdocs build --strict $(ARGS)

bench: install ## measure the engine and the build
	$(PY) -m tools.bench $(ARGS)

goals: install ## measure the built site: policy, weight, accessibility, Lighthouse
	$(PY) -m tools.bench.goals $(ARGS)

lint: install ## what is quick to check: code style, page style, both languages alike
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m tools.checks

format: install ## lay out the Python files and fix what can be fixed
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

LOCK = $(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --quiet pyproject.toml --output-file requirements.txt

lock: install ## fit requirements.txt to pyproject.toml, versions kept where they still fit
	$(LOCK) $(ARGS)

upgrade: install ## take the newest version of everything that pyproject.toml allows
	$(LOCK) --upgrade $(ARGS)

old-tflite: install ## get the TFLite of 2021, as in Edge TPU compilers; needs Python 3.8 on Linux
	$(PY) -m uv venv --quiet --allow-existing --python $(PYTHON38) $(VENV)/tflite-2.7
	$(PY) -m uv pip install --quiet --python $(VENV)/tflite-2.7 tflite-runtime==2.7.0 numpy==1.24.4

clean: ## remove the site, the records of all runs and all caches (.venv stays)
	rm -rf site .cache .pytest_cache .ruff_cache out
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Installs if the lock has changed since, if .venv is gone, unfinished or broken,
# or if PYTHON= asks for another version than it has.
install:
	@if ! cmp -s requirements.txt $(STAMP) || ! $(PY) -c '' 2>/dev/null; then \
	    $(MAKE) --no-print-directory reinstall; \
	fi
ifneq ($(origin PYTHON),file)
	@if [ "$$($(PYTHON) -c $(VERSION) 2>&1)" != "$$($(PY) -c $(VERSION))" ]; then \
	    $(MAKE) --no-print-directory reinstall FRESH=yes; \
	fi
endif

# An environment that is whole is brought up to date, any other is made again.
reinstall:
	@if test -n "$(FRESH)" || test -e $(UNFINISHED) || ! $(PY) -m pip --version >/dev/null 2>&1; \
	then \
	    version=$$($(PYTHON) -c $(VERSION) 2>/dev/null) || version=missing; \
	    case " $(SUPPORTED) " in \
	    *" $$version "*) ;; \
	    *)  echo "This needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$version." \
	            "Name one that fits: make PYTHON=python3.12 serve" >&2; exit 1 ;; \
	    esac; \
	    $(PYTHON) -m venv --clear $(VENV) || exit 1; \
	fi
	@echo "Installing requirements.txt into $(VENV), about 3 GB; this takes some minutes, once."
	@rm -f $(STAMP) && touch $(UNFINISHED)
	$(PY) -m pip install --disable-pip-version-check $(if $(CI),--quiet) --require-hashes -r requirements.txt
	@rm $(UNFINISHED) && cp requirements.txt $(STAMP)
