# Everything sets itself up: python3 (3.11 or newer, with venv) and make are all it takes.
.PHONY: help setup demo run test test-faults test-mutants test-network test-office check bench bench-trail bench-detection bench-documents format clean
PY := .venv/bin/python
# What Python compiles is kept, whatever the environment says: hundreds of programs are started, and load the same.
TESTS := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX='$(CURDIR)/build/bytecode' $(PY) -m pytest

help:  ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/'

.venv/.ready: uv.lock pyproject.toml scripts/setup.py
	@python3 scripts/setup.py

setup: .venv/.ready  ## make .venv from the lock file (quick when nothing changed)

demo: setup  ## redact five files and a folder with a fresh server, show the audit trail, prove the log
	@$(PY) scripts/demo.py

run: setup  ## serve on http://127.0.0.1:8000 with files below ./data
	@.venv/bin/expunct-server serve --data data

test: setup  ## everything, on SQLite and on a real PostgreSQL
	@$(TESTS) -n 3 --dist worksteal

test-faults: setup  ## the log broken at every single write, in every way, and workers killed over 2,000 objects (twenty minutes and more)
	@EXPUNCT_TEST_ALL_FAULTS=1 $(TESTS) -n 2 --dist worksteal -rP tests/crash/test_log_killed.py tests/crash/test_many_workers.py

test-mutants: setup  ## documents broken in a thousand ways of each kind: redacted or refused, never a crash or a leak (an hour)
	@EXPUNCT_TEST_MUTANTS=1000 $(TESTS) -n 2 --dist worksteal -m mutants tests/redaction/formats

test-network: setup  ## a machine cut off and back, in network namespaces (needs root and iproute2; two minutes)
	@$(TESTS) -n 0 tests/network/split.py tests/network/proxied.py

test-office: setup  ## what was redacted, opened by LibreOffice, qpdf and Poppler (needs them; two minutes)
	@$(TESTS) -n 0 tests/office/conformance.py tests/office/written.py

check: setup  ## format, lint, types, import floors
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache

bench: setup  ## measure, beside a peer in the same run
	@$(PY) -m bench

SIZES ?= 10000 1000000
bench-trail: setup  ## the audit trail at SIZES="10000 1000000 10000000" (the last: 50 GB of disk, half an hour)
	@$(PY) -m bench.trail --sizes "$(SIZES)" --json build/bench-trail.json

bench-detection: setup  ## what is found and missed, beside other detectors (DATA=a folder of labelled *.jsonl; long)
	@$(PY) -m bench.detection --flat $(if $(DATA),--data "$(DATA)") --json build/bench-detection.json

bench-documents: setup  ## what documents of each kind cost, beside the plain libraries (ONLY="pptx odt": these alone; long)
	@$(PY) -m bench.documents $(if $(ONLY),--only $(ONLY))

format: setup  ## format and mend what can be mended
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

clean:  ## remove the virtual environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis build/bytecode
