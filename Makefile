# What CI runs, a person can run: `make help` lists everything.
SHELL := /bin/sh
CARGO ?= cargo
OUT   := target/demo
BIN   := target/release/meshbundle
DIST  := target/dist
# The commit whose speed `make bench` compares with.
BASELINE := 5bebc91
# The machine's own triple; asked only where it is used.
HOST   = $(shell rustc -vV | sed -n 's/^host: //p')
# The getrandom crate looks for libc's getrandom by dlsym, which finds nothing in a static binary, and falls back to /dev/urandom:
# there is none on a bare root, and resolving a name panicked there. So it calls libc's directly (Linux 3.17 and newer).
STATIC := -C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\"

.DEFAULT_GOAL := help
.PHONY: help build demo dist dist-check check test-quick test soak conformance bench fuzz deny samples large tools clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

tools: ## name, or as root install, what the tests need besides cargo and Go
	@tests/tools.sh

# Static, so that it runs on any Linux, and one for whatever a release binary is wanted for: it takes minutes. With --target the
# flags do not reach build scripts and macros, which cannot be static. `ln -f` makes a new link: a copy would write through an old
# one, into cargo's own file.
build: ## build the release binary, static: target/release/meshbundle
	@tests/tools.sh cc openssl tar
	RUSTFLAGS="$$RUSTFLAGS $(STATIC)" $(CARGO) build --release --locked --target $(HOST)
	@mkdir -p $(dir $(BIN))
	@ln -f target/$(HOST)/release/meshbundle $(BIN)

demo: build ## generate the mesh of the manual guide, show it, let openssl judge it
	@tests/demo.sh $(BIN) $(OUT)

dist: build ## pack the binary with completions and man pages, and its sums: target/dist
	@tests/tools.sh tar gzip readelf
	@.ci/dist $(BIN) $(HOST) $(DIST)
	@ls -l $(DIST)

dist-check: dist ## try what `make dist` has packed: on a bare busybox root, and where there is no network (as root)
	@tests/dist/run.sh $(DIST)

# The fuzz targets are a workspace of their own: nothing else compiles them.
check: ## formatting, lints, documentation, fuzz targets: all without warnings
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) check --locked --manifest-path tests/fuzz/Cargo.toml --target-dir target
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

# Tests that talk to etcds wait more than they work: more of them at once than there are cores.
export RUST_TEST_THREADS ?= 4

# The subjects at the top of tests/main.rs.
QUICK = $(shell sed -n '/^\/\/ Quick/,/^$$/s/^mod \(.*\);/\1::/p' tests/main.rs)

test-quick: ## what needs no root, no Go, no etcd and no engine: units, goldens, diagnostics, documents
	@tests/tools.sh openssl tar git groff jq
	$(CARGO) test --locked --lib
	$(CARGO) test --locked --test suite -- $(QUICK)

test: tools ## every test: units, goldens, real etcds, kills, other implementations as judges
	$(CARGO) test --locked

# Of the last one, which takes seven to fifteen minutes, every ten rounds play one more.
soak: tools build ## the tests that could go on for ever, ROUNDS times as long (20), and whole histories of a mesh: as root, with Go
	ROUNDS=$${ROUNDS:-20} $(CARGO) test --locked --test suite -- --nocapture durability:: mutants:: handshakes:: rollout::history properties::phases
	ROUNDS=$${ROUNDS:-20} tests/conformance/run.sh -v -timeout 12h -run 'TestHistories|TestRotation'

conformance: build ## Cilium's own Go packages read the bundles and connect with them
	tests/conformance/run.sh

# In folders of their own: what they build is not static, and would take the place of $(BIN).
bench: ## speed and memory, beside an earlier commit and to floors, measured in one run (half an hour; LARGE=1: 30 GB of disk)
	@mkdir -p target/baseline/$(BASELINE)
	git archive $(BASELINE) | tar -x -C target/baseline/$(BASELINE)
	cd target/baseline/$(BASELINE) && $(CARGO) build --release --locked --target-dir ../build
	$(CARGO) bench --locked --target-dir target/bench --bench lint
	BASELINE=$(CURDIR)/target/baseline/build/release/meshbundle $(CARGO) bench --locked --target-dir target/bench --bench speed

fuzz: ## fuzz what reads foreign bytes and count the inputs, SECONDS_EACH a target (needs cargo-fuzz and a nightly)
	tests/fuzz/run.sh $${SECONDS_EACH:-120}

deny: ## licences, duplicates and sources of dependencies (needs `cargo install cargo-deny`)
	$(CARGO) deny --locked check licenses bans sources

samples: build ## make the keys and certificates that samples/brownfield.yaml names
	samples/brownfield-pki.sh

large: ## write a mesh of 255 clusters with 20 nodes each to target/large.yaml
	@mkdir -p target
	samples/large.sh > target/large.yaml
	@echo target/large.yaml

clean: ## remove everything that was built or generated
	$(CARGO) clean
	rm -rf samples/brownfield
