# `make run` and `make test` need nothing but Python 3.11+, make and a network with PyPI.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
AUDIT := $(VENV)/audit/bin/pip-audit --strict --disable-pip --progress-spinner off
WORKERS ?= 2

.PHONY: run test test-slow check audit bench pictures lock wheel clean

run: $(VENV)/.run            ## set up, build the simulated genome where it is not there yet, and open the app
	$(BIN)/enformer-browser setup demo > /dev/null
	$(BIN)/enformer-browser app

test: $(VENV)/.dev           ## set up and run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"  # workers do not share cores well

test-slow: $(VENV)/.dev      ## the tests that need minutes each: full-size parity, fresh installs, large files
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m slow

check: $(VENV)/.dev          ## lint, formatting, types, import arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

audit: $(VENV)/audit/.made    ## ask for known weaknesses of what is locked; needs the network, and is no part of check
	$(AUDIT) --require-hashes -r requirements/run.lock -r requirements/login.lock -r requirements/build.lock
	$(AUDIT) --no-deps -r requirements/torch.txt

bench: $(VENV)/.dev          ## measurements; results land in benchmarks/results/
	$(BIN)/python -m benchmarks

pictures: $(VENV)/.dev       ## the guide's pictures anew, from the app itself
	PYTHONPATH=.:tests $(BIN)/python docs/pictures.py

wheel: $(VENV)/.dev
	$(BIN)/python -m build --no-isolation --wheel

# Torch is pinned apart (see requirements/README.md), so its own dependencies are locked and its builds are not.
NOT_LOCKED := $(foreach p,torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cccl nvidia-cuda-cupti \
	nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
	nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx,--no-emit-package $(p))
COMPILE := uv pip compile pyproject.toml -c requirements/torch.txt --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock" $(NOT_LOCKED)
COMPILE_MORE := uv pip compile - -c requirements/dev.lock --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"

lock: $(VENV)/.base
	$(PIP) install -q uv
	$(BIN)/$(COMPILE) --group dev -o requirements/dev.lock
	$(BIN)/$(COMPILE) -c requirements/dev.lock -o requirements/run.lock
	echo 'authlib>=1.6' | $(BIN)/$(COMPILE_MORE) -o requirements/login.lock
	echo 'hatchling>=1.27' | $(BIN)/$(COMPILE_MORE) -o requirements/build.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis

$(VENV)/.base:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.run: $(VENV)/.base pyproject.toml requirements/run.lock requirements/torch.txt
	$(PIP) install -q --no-deps --require-hashes -r requirements/run.lock
	$(PIP) install -q -r requirements/torch.txt
	$(PIP) install -q --no-deps -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock requirements/igv.txt
	$(PIP) install -q --no-deps --require-hashes -r requirements/dev.lock -r requirements/igv.txt
	touch $@

$(VENV)/audit/.made: $(VENV)/.base
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install -q pip-audit
	touch $@
