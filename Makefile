# One verb per need; each does its own set-up.

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check kill soak cuts mutants bench docs clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

demo:  ## the terminal alive on simulated devices; DEMO=window: a staffed one; DEMO=once, DEMO=window-once: a scripted day of it
	@scripts/setup.sh demo
	$(BIN)/fee-terminal-sim demo

test: check  ## everything that must hold: check, then all tests, on all cores
	$(BIN)/pytest -n auto --dist loadfile

check:  ## lint, format, strict types, import rules, texts made by commands
	@scripts/setup.sh test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/docs.py --check

kill:  ## the long kill test: KILLS=200 SIGKILLs and power cuts in mid-sale, books against the box
	@scripts/setup.sh test
	$(BIN)/python -m tests.killing --kills $${KILLS:-200}

soak:  ## the virtual car park: LIVES=20 cruel days from SEED=1 on, all promises checked
	@scripts/setup.sh demo
	$(BIN)/fee-terminal-sim soak --profile cruel --seed $${SEED:-1} --lives $${LIVES:-20} --coverage

cuts:  ## the power goes at every point of eight visits, and again in the recoveries (some 20 minutes)
	@scripts/setup.sh demo
	$(BIN)/fee-terminal-sim cuts --second 20000 --third 5000

mutants:  ## the money core is made wrong in every line: some test must fail (some 15 minutes)
	@scripts/setup.sh test
	$(BIN)/python -m tests.mutation

bench:  ## the speed figures, as ratios on this machine
	@scripts/setup.sh test
	$(BIN)/python -m tests.bench

docs:  ## writes the texts that commands make (the diagrams) into README and docs
	@scripts/setup.sh test
	$(BIN)/python scripts/docs.py

clean:  ## removes what the verbs above have made
	rm -rf .venv rig build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
