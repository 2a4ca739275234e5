# `make` shows the targets. Everything runs in .venv, which `make setup` creates.
PYTHON ?= python3.11
DATA ?=
BUDGET ?=
RAMAN ?=
NIR ?=
# not in the lock: each machine gets the build that suits it
TORCH ?= torch==2.13.0
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# DVC prints no advertisements and asks no server
export DVC_NO_ANALYTICS := 1

.DEFAULT_GOAL := help
.PHONY: help setup repro submit report test lint types bench fuzz determinism bench-networks raman-transfer sam-transfer synthetic-spectra augmentation dist licences clean lock

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: .venv/ready  ## Create .venv with the exact versions of requirements.lock

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	.venv/bin/ega plots-page
	touch $@

repro: setup  ## Run the whole pipeline [DATA=folder] [BUDGET=quick|full|max]
	@ega configure --data "$(DATA)" --budget "$(BUDGET)"
	dvc repro
	@echo "submission: $(CURDIR)/reports/submission.csv"
	@echo "report:     $(CURDIR)/reports/feature_importance.html"

submit: setup  ## Bring the submission up to date, check it, print its path
	dvc repro submit
	@ega check

report: setup  ## Bring the importance report up to date, print its path
	dvc repro report
	@echo "report: $(CURDIR)/reports/feature_importance.html"

test: setup  ## Run the tests on two cores
	python -m pytest -n 2 --dist loadfile

lint: setup  ## Check style and format
	ruff check .
	ruff format --check .

types: setup  ## Check types
	mypy

bench: setup  ## Measure speed, memory and scale [DATA=folder] [RUNS="100 1000"] [MODEL=bundle]
	python -m benchmarks.binning --data "$(or $(DATA),data/simulated)"
	python -m benchmarks.featurize --data "$(or $(DATA),data/simulated)"
	python -m benchmarks.scale $(if $(RUNS),--runs $(RUNS)) $(if $(MODEL),--model $(MODEL))

fuzz: setup  ## Feed every reader with broken files [SECONDS=600]
	python -m benchmarks.fuzz --seconds $(or $(SECONDS),600)

determinism: setup  ## Prove that workers, backends and kills change no byte [KILLS=40]
	python -m benchmarks.determinism --kills $(or $(KILLS),40) --other-machines

bench-networks: setup  ## Measure the training speed of networks on one thread
	OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python -m benchmarks.networks

raman-transfer: setup  ## Concentrations from Raman spectra across instruments [RAMAN=folder]
	@for stage in simulate "prepare $(if $(RAMAN),--data $(RAMAN))" compare predict report; do \
		python -m studies.raman_transfer $$stage || exit 1; done
	@echo "page: $(CURDIR)/reports/raman_transfer/index.html"

sam-transfer: setup  ## Measure what carries over to SAM runs (25 minutes on one core)
	dvc repro bin
	ega sam_transfer
	@echo "scores: $(CURDIR)/reports/sam_transfer.md"

synthetic-spectra: setup  ## Train and compare networks on synthetic spectra [BUDGET=quick|challenge|full]
	@for stage in generate train evaluate report; do \
		python -m studies.synthetic_spectra $$stage $(if $(BUDGET),--budget $(BUDGET)) || exit 1; done
	@echo "page: $(CURDIR)/reports/synthetic_spectra/index.html"

augmentation: setup  ## Train with and without generated spectra [BUDGET=quick|default|full] [NIR=folder]
	@for stage in prepare compare search confirm quality report; do \
		OMP_NUM_THREADS=1 python -m studies.augmentation $$stage $(if $(BUDGET),--budget $(BUDGET)) $(if $(NIR),--nir "$(NIR)") || exit 1; done
	@echo "page: $(CURDIR)/reports/augmentation/index.html"

dist: setup  ## Build sdist and wheel: the same commit gives the same bytes
	python -m tools.build_dist

licences: setup  ## List the licences of all dependencies
	python -m tools.list_licences

clean:  ## Remove everything that the pipeline made, but not .venv and no data of yours
	rm -rf artifacts .cache data/simulated reports/plots
	rm -f reports/*.html reports/*.md reports/*.csv reports/metrics.json dvc.lock

lock:  ## Write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --quiet --python-version 3.11 --all-extras --generate-hashes \
		--no-emit-index-url --no-header -o requirements.lock pyproject.toml
