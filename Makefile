# Two commands are enough: `make run` serves everything on http://127.0.0.1:8000, `make test` tests it.
# `make test-browser` tests it once more with a real browser before it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-browser test-schema screenshots check lint types bandit audit audit-dependencies sbom package deploy destroy bench catalogues lock coverage clean

run: $(VENV)/local
	@exec $(BIN)/python -m local

test: $(VENV)/dev
	$(BIN)/python -m tests.side_by_side

test-browser: $(VENV)/browser
	@tests/browser/install-chromium.sh
	$(BIN)/python -m pytest tests/browser

# The description of the API tried against the service; takes some eight minutes.
test-schema: $(VENV)/dev $(VENV)-schema/done
	$(BIN)/python -m tests.schema.run $(VENV)-schema/bin/st

screenshots: $(VENV)/browser
	@tests/browser/install-chromium.sh
	$(BIN)/python -m tests.browser.site.screenshots

check: lint types

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/dev
	$(BIN)/mypy

# The template by cfn-lint and checkov; checkov wants other versions than ours, so it has an environment of its own.
audit: $(VENV)/dev $(VENV)-checkov/done
	$(BIN)/python -m tests.infra.audit $(VENV)-checkov/bin/checkov

bandit: $(VENV)/dev
	$(BIN)/bandit -q -r app.py chalicelib ops local infra -c pyproject.toml

# Known vulnerabilities of what is locked; AUDIT_OFFLINE=warn lets a machine pass that cannot reach the data.
audit-dependencies: $(VENV)/dev
	$(BIN)/python -m tests.dependencies.audit

sbom: $(VENV)/dev
	$(BIN)/python -m tests.dependencies.sbom

# STAGE=dev or STAGE=prod. The Python that runs this is the one that Lambda will run.
package: $(VENV)/ops
	$(BIN)/python -m infra package --stage $(STAGE)

# BUCKET=... of yours for the code, and PARAMETERS="BaseUrl=https://... MailFrom=..." whatever changes.
deploy: $(VENV)/ops
	$(BIN)/python -m infra deploy --stage $(STAGE) --bucket $(BUCKET) $(PARAMETERS)

destroy: $(VENV)/ops
	$(BIN)/python -m infra destroy --stage $(STAGE)

coverage: $(VENV)/dev
	$(BIN)/python -m pytest --ignore=tests/browser --cov --cov-report=term

bench: $(VENV)/dev
	$(BIN)/python -m bench --record

catalogues: $(VENV)/dev
	$(BIN)/python -m tests.site.catalogues

lock: $(VENV)/dev
	$(BIN)/python -m pip install --quiet uv
	for name in requirements requirements-local requirements-ops requirements-dev requirements-browser requirements-checkov requirements-schema; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-strip-extras --no-header --python-version 3.11 $$name.in -o $$name.txt; done

# The stamps are newer than the locks that they were installed from.
$(VENV)/local: requirements-local.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -f $(VENV)/dev || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-local.txt
	@touch $@

$(VENV)/ops: requirements-ops.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -f $(VENV)/dev || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-ops.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/browser: requirements-browser.txt $(VENV)/dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.txt
	@touch $@

$(VENV)-checkov/done: requirements-checkov.txt
	@test -x $(VENV)-checkov/bin/python || $(PYTHON) -m venv $(VENV)-checkov
	@$(VENV)-checkov/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-checkov.txt
	@touch $@

$(VENV)-schema/done: requirements-schema.txt
	@test -x $(VENV)-schema/bin/python || $(PYTHON) -m venv $(VENV)-schema
	@$(VENV)-schema/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-schema.txt
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-checkov $(VENV)-schema dist .schemathesis .local .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage
