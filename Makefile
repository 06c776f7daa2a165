# One word for each habit. Both `demo` and `test` make and use .venv on a bare machine.
PYTHON ?= python3
VENV   ?= .venv
# one release for everybody who develops here; users may have any that pyproject.toml allows
TORCH  ?= torch==2.13.0
BIN    := $(abspath $(VENV))/bin

# EasyNMT demands transformers 4, the oldest that xner works with
OLD     := .venv-4.57
OLD_BIN := $(abspath $(OLD))/bin

.PHONY: help demo test test-4.57 lint format bench clean

help:
	@echo "make demo    the ConNER pipeline on examples/: vanilla against ConNER"
	@echo "make test    all tests"
	@echo "make test-4.57  those of models, training and engines with transformers 4.57 and EasyNMT"
	@echo "make lint    style, types, and the direction of imports"
	@echo "make bench ENCODER=DIR  the tables of benchmarks/ (needs XNER_DATA, and hours)"

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

$(OLD)/installed: pyproject.toml
	$(PYTHON) -m venv $(OLD)
	$(OLD_BIN)/pip install --quiet --disable-pip-version-check $(TORCH)
	$(OLD_BIN)/pip install --quiet --disable-pip-version-check transformers==4.57.6 --editable ".[dev,easynmt]"
	touch $@

demo: $(VENV)/installed
	$(MAKE) --directory examples --no-print-directory demo XNER=$(BIN)/xner

test: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses 2

test-4.57: $(OLD)/installed
	$(OLD_BIN)/python -m pytest --numprocesses 2 tests/xner/translation tests/xner/models tests/xner/training

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed
	$(MAKE) --directory benchmarks XNER=$(BIN)/xner PYTHON=$(BIN)/python
	$(MAKE) --directory benchmarks/accuracy table XNER=$(BIN)/xner PYTHON=$(BIN)/python

clean:
	$(MAKE) --directory examples clean
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
