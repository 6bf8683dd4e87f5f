# The two commands of README.md, and what CI adds. Everything is installed into .venv from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: run test lint schema bench faults fuzz mutants gallery clean

run: $(VENV)/.data
	$(BIN)/python -m ibspec run specs/mnist_cnn_mean.json

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto tests verification

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

schema: $(VENV)/.data
	$(BIN)/python -m ibspec schema > specs/schema.json

# Fifty real runs killed at moments of their own, some inside a write, and resumed.
faults: $(VENV)/.test
	IBSPEC_KILLS=50 $(BIN)/python -m pytest tests/faults

# Every kind of figure from shipped specs with reduced settings, into docs/gallery; some minutes.
gallery: $(VENV)/.data
	$(BIN)/python docs/gallery/make.py

bench: $(VENV)/.test
	$(BIN)/python -m pytest benchmarks --benchmark-only

# Hostile and damaged input, other cases each time and more of them than in `make test`.
fuzz: $(VENV)/.test
	IBSPEC_FUZZ_CASES=$${IBSPEC_FUZZ_CASES:-200000} IBSPEC_FUZZ_PROCESSES=$${IBSPEC_FUZZ_PROCESSES:-2000} \
	  $(BIN)/python -m pytest tests/fuzz

# Small faults put into the code, one at a time: which do the tests notice? Writes reports/mutants.txt.
mutants: $(VENV)/.dev
	$(BIN)/python -m tests.mutants --sample 400 --seed 1

# Each extra has a stamp, so that a second call installs nothing.
$(VENV)/.data $(VENV)/.test $(VENV)/.dev: $(VENV)/.%: constraints.txt pyproject.toml | $(BIN)/python
	@echo "installing ibspec[$*] into $(VENV)"
	$(PIP) --editable ".[$*]"
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) build *.egg-info
