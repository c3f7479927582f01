# What a person types here; the work is in scripts/ and in cargo.
.DEFAULT_GOAL := help
.PHONY: help demo test bench faults fuzz

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' $(MAKEFILE_LIST)

demo: ## field a simulated survey, from questionnaire to table, and serve it
	scripts/pages
	cargo run --release -- demo

test: ## everything a change must pass
	scripts/test

bench: ## how fast it is
	scripts/bench

faults: ## break things under load, and look whether anything is lost
	scripts/faults

fuzz: ## throw inputs nobody thought of at what reads them
	scripts/fuzz
