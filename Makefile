# The two commands of a fresh machine: `make run` and `make test`. Python 3.11+ with venv is all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test suite test-slow lint lock docs words screenshots bench clean

# Without python3-venv Debian's Python makes half an environment: it is made again the next time.
.DELETE_ON_ERROR:

run: $(VENV)/.run
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/soniq-tui; else $(BIN)/soniq-tui demo; fi

# Beside each other: tests often wait, and mypy has much to do where it has no cache.
test: $(VENV)/.test
	@$(MAKE) --no-print-directory -j2 lint suite

suite: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --dist worksteal -q

test-slow: $(VENV)/.test
	$(BIN)/python -m pytest -q -m slow

lint: $(VENV)/.test
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	$(BIN)/mypy --no-error-summary

lock: $(VENV)/.test
	scripts/lock.sh

docs: $(VENV)/.test
	$(BIN)/python scripts/make_docs.py

words: $(VENV)/.test
	$(BIN)/python scripts/make_words.py

screenshots: $(VENV)/.test
	$(BIN)/python scripts/screenshots.py

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("soniq-tui needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml requirements.lock
	@echo 'installing into $(VENV); the first time takes a minute, on a small machine some more'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m compileall -q soniq_tui
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.lock
	@touch $@
