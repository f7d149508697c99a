# make demo: the first result. make test: everything that is checked. Both install into .venv first, once.

PYTHON ?= python3
OUT ?= out
MARKED ?= -m "not slow"
WORKERS ?= $(shell $(PYTHON) -c "import os; print(1 + (os.cpu_count() or 1))")
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt
SPACE = efficientpose_micro
COMPARED = random,local,evolution,incumbent,nsga2,sms_emoa,tpe,successive_halving,hyperband,mo_asha
LOOKED_UP = --evaluator table --strategies $(COMPARED) --budget 100 --seeds 20 --macs-limit inf --out $(OUT)/demo
TRAINED = --strategies darts --protocol quick --budget 2 --seeds 1 --set darts.warm_up=80 --set darts.steps=24 \
          --out $(OUT)/demo_trained
DB = --db sqlite:///$(OUT)/demo.db

# Python compiles what is imported, once, and keeps it; pip would compile all of torch, scipy and pandas ahead. What every
# command imports is compiled at installation, for whoever sets PYTHONDONTWRITEBYTECODE afterwards.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install demo test types behaviour figures docs clean

help:
	@echo "make install   install nasbench-pose into $(VENV), with the versions in constraints.txt"
	@echo "make demo      compare search strategies on trained networks, and train some; the results go to $(OUT)"
	@echo "make test      check style, types and behaviour; with MARKED= the slow tests, too, as CI does"
	@echo "make figures   make every figure and table of the docs anew, into docs/figures"
	@echo "make docs      build the docs as a site, into build/site"
	@echo "make clean     remove $(VENV), $(OUT) and every cache"

install: $(VENV)/installed

demo: install
	@mkdir -p $(OUT)
	$(BIN)/nasbench-pose compare $(SPACE) $(LOOKED_UP) $(DB)
	$(BIN)/nasbench-pose compare $(SPACE) $(TRAINED) $(DB)

test: $(VENV)/installed-for-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(MAKE) --no-print-directory --jobs=2 types behaviour

types: $(VENV)/installed-for-tests
	$(BIN)/mypy

# One worker more than cores: tests that wait for a server or a browser leave a core idle.
behaviour: $(VENV)/installed-for-tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=15 $(MARKED)

figures: $(VENV)/installed-for-figures
	$(BIN)/python -m analysis

docs: $(VENV)/installed-for-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

clean:
	rm -rf $(VENV) $(OUT) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# Without build isolation pip builds with the setuptools of constraints.txt, not with the newest there is.
$(VENV)/installed: setup.cfg pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) setuptools
	$(PIP) --no-build-isolation --editable .
	$(BIN)/python -m compileall -q nasbench_pose
	$(BIN)/nasbench-pose cost hrnet-w32 > /dev/null
	touch $@

$(VENV)/installed-for-figures: $(VENV)/installed
	$(PIP) --no-build-isolation --editable '.[surrogate,postgres]'
	touch $@

$(VENV)/installed-for-docs: $(VENV)/installed
	$(PIP) --no-build-isolation --editable '.[docs]'
	touch $@

$(VENV)/installed-for-tests: $(VENV)/installed
	$(PIP) --no-build-isolation --editable '.[test,postgres,onnx,surrogate,hrnet,ray,slurm]'
	touch $@
