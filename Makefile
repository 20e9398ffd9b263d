# `make run` and `make test` are all one needs; the rest is for those who change something.
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input install -qq --require-hashes
LOCK := uv pip compile --no-config --universal --generate-hashes --no-annotate --no-header \
	--python-version 3.11 --quiet
RUN_STAMP := .venv/requirements.installed
TEST_STAMP := .venv/requirements-test.installed
BENCH_STAMP := .venv-bench/requirements-bench.installed

.PHONY: help env env-test env-sentry run test check fix messages screenshots coverage bench lock clean

help:
	@echo 'make run          start with demonstration data on http://127.0.0.1:8080'
	@echo 'make test         every test; ARGS="tests/flows -x" for some'
	@echo 'make check        linters, types, layers, flows, catalogues'
	@echo 'make fix          let the linter mend and format what it can'
	@echo 'make messages     bring the catalogues up to date with the texts'
	@echo 'make screenshots  take the pictures in docs/'
	@echo 'make coverage     the tests, and what they did not reach'
	@echo 'make bench        measure us beside other frameworks; ARGS="--full" for the large sizes'
	@echo 'make lock         lock the requirements anew (needs uv)'
	@echo 'make clean        remove the environment; var/ stays'

env: $(RUN_STAMP)
env-test: $(TEST_STAMP)
env-sentry: env
	@$(PIP) -r requirements-sentry.txt

# A python that answers is not enough: version managers leave names that only print an error.
$(PY):
	@found=; for python in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11; do \
		[ -n "$$python" ] || continue; \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
		found=$$python; break; \
	done; \
	if [ -z "$$found" ]; then \
		echo 'Artisan Connect needs Python 3.11 or newer, and none was found.' >&2; \
		echo 'On Debian or Ubuntu: sudo apt-get install python3 python3-venv' >&2; \
		echo 'Elsewhere: put python3.11 or newer on PATH, or say make PYTHON=/path/to/python3' >&2; \
		exit 1; \
	fi; \
	echo "Making the environment in .venv with $$("$$found" --version) ..."; \
	if ! "$$found" -m venv --clear .venv > .venv.log 2>&1; then \
		cat .venv.log >&2; rm -rf .venv .venv.log; \
		echo >&2; \
		echo 'Python could not make a virtual environment: its venv module is missing.' >&2; \
		echo 'On Debian or Ubuntu: sudo apt-get install python3-venv' >&2; \
		echo 'Then say the same make command again.' >&2; \
		exit 1; \
	fi; \
	rm -f .venv.log

$(RUN_STAMP): requirements.txt $(PY)
	@echo 'Installing what the service needs ...'
	@$(PIP) -r requirements.txt
	@touch $@

$(TEST_STAMP): requirements-test.txt $(RUN_STAMP)
	@echo 'Installing what the tests need ...'
	@$(PIP) -r requirements-test.txt
	@touch $@

run: env
	@DEMO="$${DEMO-1}" ./artisan run

# A process a core, each with servers of its own; ARGS="-n 0" for one that a debugger can follow.
# A process more than there are cores, up to four: now and then a test waits.
test: env-test
	@$(PY) -m pytest -n $$($(PY) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))') --dist worksteal $(ARGS)

check: env-test
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-cache
	@$(PY) -m mypy
	@./artisan flows check
	@if command -v msgfmt >/dev/null; then \
		for catalogue in locales/*/LC_MESSAGES/*.po; do \
			[ -e "$$catalogue" ] || continue; \
			msgfmt -c -o /dev/null "$$catalogue" || exit 1; \
		done; \
	else \
		echo 'msgfmt is not here, catalogues were not checked (apt-get install gettext).'; \
	fi

fix: env-test
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

messages: env
	@./artisan messages

screenshots: env-test
	@$(PY) -m tests.screenshots

coverage: env-test
	@$(PY) -m coverage run -m pytest $(ARGS)
	@$(PY) -m coverage report --skip-covered

# The peers have an environment of their own: they want other versions of what we need too.
$(BENCH_STAMP): requirements-bench.txt $(PY)
	@echo 'Installing the peers to measure beside ...'
	@$(PY) -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check --no-input install -qq \
		--require-hashes -r requirements-bench.txt
	@touch $@

bench: env-test $(BENCH_STAMP)
	@$(PY) -m bench $(ARGS)

# The public default index is named by nobody, so that no address gets into the locks.
lock:
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-test.in -o requirements-test.txt
	@$(LOCK) requirements-sentry.in -o requirements-sentry.txt
	@$(LOCK) requirements-bench.in -o requirements-bench.txt
	@if grep -nE '://|--(extra-)?index|--find-links' requirements*.txt; then \
		echo 'An address got into a lock.' >&2; exit 1; \
	fi

clean:
	rm -rf .venv .venv-bench .venv.log .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
