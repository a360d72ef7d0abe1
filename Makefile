# Every target sets up a local environment first; `make run` ends with a leaderboard, `make test` checks everything.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test speed site clean
run: .venv/ready
	$(BIN)/mia-arena run --attacks all --defenses l2 hamp

test: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONUTF8=1 PYTHONWARNDEFAULTENCODING=1 $(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term

# Minutes, on an otherwise idle machine; rewrites results/speed/DEVICE.json, docs/speed.md and its plots.
speed: .venv/ready-dev
	mkdir -p output
	$(BIN)/python -m pytest -m slow tests/speed/test_speed.py --benchmark-json=output/speed.json
	$(BIN)/python -m benchmarks.speed output/speed.json

# The documentation, in build/site/index.html, to be read without a network.
site: .venv/ready-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,docs]'
	touch $@

clean:
	rm -rf .venv
