# PORT=8001 selects another port, ARGS="tests/articles -x" goes to pytest, PYTHON=python3.12 to another Python.
PYTHON ?= python3

.PHONY: run dev test lint stop bench lock licences audit

run dev test lint:
	@$(PYTHON) portal/local/bootstrap.py $@ $(ARGS)

stop:
	@$(PYTHON) -m portal.local.supervisor stop

bench:
	@$(PYTHON) portal/local/bootstrap.py $@

lock licences audit: # hashes of all packages; their licences; known vulnerabilities (needs the network)
	@.venv/bin/python -m portal.local.supply $@
