# Two commands are enough on a fresh machine: `make run` and `make test`. Both build .venv from the lock by themselves.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install run test accuracy check format lock clean

install: $(STAMP)

# uv installs in seconds; where it cannot be had, pip does the same from the same hashes. Both compile what they install,
# and the product is compiled too: otherwise every start would do it again where Python may not write beside its sources.
$(STAMP): requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.txt \
		&& $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r requirements/lock.txt \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q bot dialogs policies
	@touch $(STAMP)

run: install
	$(BIN)/refund-desk serve

# Everything that CI runs: format, lint, types, the packs, tests.
test: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/refund-desk policy check
	$(BIN)/pytest

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

accuracy: install
	$(BIN)/refund-desk accuracy --compare --curve

# The lock has hashes and no addresses, so that any index may serve it.
lock: install
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra dev --output-file requirements/lock.txt --upgrade pyproject.toml
	echo uv | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --output-file requirements/uv.txt --upgrade -

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
