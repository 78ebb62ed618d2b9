# Two commands do everything: `make demo` and `make test`. Each sets up what it needs.

# `make test PYTHON=python3.13` does so on another Python, in an environment of its own.
PYTHON ?= python3
VENV := $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
SYSTEM_PACKAGES := bubblewrap libseccomp2 dataset-fashion-mnist
# The tests look at the HTML reports in a browser, and put a Pyodide together from npm's packages.
TEST_PACKAGES := chromium chromium-driver $(if $(shell command -v npm),,npm)
# A right solution, and one with typical mistakes: ours, so they need no sandbox.
EXAMPLES := reference/nn_from_scratch/examples

.PHONY: demo test quick near lint docs messages assignments screenshots data system browser clean

demo: $(BIN)/.ready data
	$(BIN)/grade --no-require-sandbox $(EXAMPLES)

test: $(BIN)/.ready data browser lint docs
	$(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder --durations 30

# In a minute: formatting, types, and as many of the tests of what was changed as take half of one.
quick: $(BIN)/.ready
	$(MAKE) --jobs 2 --output-sync=target lint near

near: $(BIN)/.ready
	$(BIN)/python -m tests.quick

lint: $(BIN)/.ready
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

# The site, below `site/`; whatever is amiss with it fails.
docs: $(BIN)/.ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# The pictures in the documentation, its pages to click, and the recording of a terminal.
screenshots: $(BIN)/.ready data browser
	SCREENSHOTS=write $(BIN)/pytest tests/reports/test_screenshots.py tests/review/test_screenshot.py
	$(BIN)/python -m tests.recording

# The catalogues of other languages, brought in step with the texts; they say what they lack.
messages: $(BIN)/.ready
	$(BIN)/python -m grader.authoring.translate
	for file in $(wildcard reference/*/locale/*.po); do \
	  $(BIN)/grader translate $$(basename $$(dirname $$(dirname $$file))) $$(basename $$file .po) || exit; \
	done

# Answers are recorded anew too: they follow from the grader's own code as well.
assignments: $(BIN)/.ready
	rm -f assignments/*/public/answers.bin
	for name in $(notdir $(wildcard reference/*)); do $(BIN)/grader release $$name || exit; done

data: $(BIN)/.ready system
	$(BIN)/grader data

# What pip cannot install: the sandbox, and the data set where Debian's package has it. Without
# root or apt, `grader doctor` says what is missing, and torchvision downloads the data.
system: PACKAGES = $(SYSTEM_PACKAGES)
browser: PACKAGES = $(TEST_PACKAGES)
system browser:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    ! dpkg --status $(PACKAGES) >/dev/null 2>&1; then \
	  apt-get update -qq && apt-get install -y -qq $(PACKAGES) || \
	  echo "Not all of these could be installed: $(PACKAGES)"; \
	fi

$(BIN)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --editable '.[author,cluster,course,lite,lms,notebooks,similar]' --group dev
	@touch $@

clean:
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis site
