# make demo   chart the bundled snapshot and tell what is in it
# make test   run the tests; what this machine lacks is skipped, and said
# make check  format, lint, types, floors, documentation drift, the page's bundle
# make bundle-check  prove that the page in the package is what frontend/ builds; part of make check
# make docs   build the documentation into site/
# make bench  print the figures that the documentation quotes; needs ../shared
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ATLAS ?= demo.atlas
SHARED ?= ../shared
WORKERS ?= 3

.PHONY: demo test check bundle-check docs bench clean

demo: $(VENV)/installed
	$(BIN)/filiation demo --atlas $(ATLAS)

test: $(VENV)/dev
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile $(PYTEST)

check: $(VENV)/dev $(VENV)/docs bundle-check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyrefly check --output-format min-text
	$(BIN)/lint-imports
	$(BIN)/python scripts/make_docs.py --check
	$(BIN)/python scripts/make_tutorial.py --check

bundle-check:
	$(PYTHON) scripts/check_bundle.py

docs: $(VENV)/docs
	$(BIN)/python scripts/make_docs.py
	$(BIN)/python scripts/make_tutorial.py $(ATLAS)
	$(BIN)/mkdocs build --strict

bench: $(VENV)/dev
	$(BIN)/python bench/chart.py --shared $(SHARED)
	$(BIN)/python bench/questions.py --shared $(SHARED)
	$(BIN)/python bench/relations.py --shared $(SHARED)

clean:
	rm -rf $(VENV) site demo.atlas bench/out

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	$(BIN)/python -m compileall -q src/filiation
	touch $@

$(VENV)/dev: $(VENV)/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --group dev --group browser
	touch $@

$(VENV)/docs: $(VENV)/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --group docs
	touch $@
