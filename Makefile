# What CI runs, a person can run: `make help` lists everything.
SHELL := /bin/sh
CARGO ?= cargo
OUT   := target/demo
BIN   := target/release/meshbundle

.DEFAULT_GOAL := help
.PHONY: help build demo check test conformance bench fuzz samples large tools clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

tools: ## name, or as root install, what the tests need besides cargo and Go
	@tests/tools.sh

build: ## build the release binary: target/release/meshbundle
	@tests/tools.sh cc openssl tar
	$(CARGO) build --release --locked

demo: build ## generate the mesh of the manual guide, show it, let openssl judge it
	@tests/demo.sh $(BIN) $(OUT)

check: ## formatting, lints, documentation: all without warnings
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

# Tests that talk to etcds wait more than they work: more of them at once than there are cores.
export RUST_TEST_THREADS ?= 4

test: tools ## every test: units, goldens, real etcds, kills, other implementations as judges
	$(CARGO) test --locked

conformance: build ## Cilium's own Go packages read the bundles and connect with them
	tests/conformance/run.sh

bench: ## speed as ratios to the floor, measured in one run (minutes)
	$(CARGO) bench --locked --bench lint
	$(CARGO) bench --locked --bench floors

fuzz: ## fuzz whatever reads foreign bytes, SECONDS each (needs cargo-fuzz and a nightly toolchain)
	tests/fuzz/run.sh $${SECONDS_EACH:-120}

samples: build ## make the keys and certificates that samples/brownfield.yaml names
	samples/brownfield-pki.sh

large: ## write a mesh of 255 clusters with 20 nodes each to target/large.yaml
	@mkdir -p target
	samples/large.sh > target/large.yaml
	@echo target/large.yaml

clean: ## remove everything that was built or generated
	$(CARGO) clean
	rm -rf samples/brownfield
