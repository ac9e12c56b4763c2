# Every target works on a fresh machine: it installs what it needs (see scripts/setup) and says how long that takes.
#
#   make demo    the market of fixtures/market, from signed files to verified settlements
#   make test    everything that must hold
#   make check   lints, then `make test`: what CI runs
#   make agreement    1,000 random mutations of bundles, judged by the Rust and by the JavaScript verifier (minutes)
#   make page    the scripts of pages, from their sources: cli/page/report.js, cli/page/site.js
#   make page-test    report pages and a ledger's site in a real Chromium, if there is one
#   make verifier     the JavaScript verifier in one file for pages: cli/page/verify/dist
#   make interop an exported ledger, checked by Go's own packages
#   make corruption   every byte of a ledger's folder, damaged (half an hour)
#   make trees        every proof of every tree of up to 130 leaves, and every mutation of it (a minute)
#   make simulation   10,000 lives of a log whose disk fails, rots and is put back (minutes)
#   make kills        200 writers of a ledger killed (minutes)
#   make power-cuts   30 power cuts, full disks, failing syncs (minutes; needs root, loop devices, fiu-run)
#   make failpoints   every place between the steps of a write fails and panics
#   make fuzz    every parser of other people's bytes, ten minutes of a processor each (hours; SECONDS=…, TARGET=…)
#   make mutants      whatever is changed in the code of a verdict, a test notices (hours; `scripts/mutants` takes a file)
#   make bench-ledger what a log on disk does per second
#   make bench-replay what replaying a ledger of a million entries takes
#   make bench   the figures of docs/src/reference/figures.md, on a quiet machine

# One profile, and always the whole workspace: RocksDB is compiled once. The demo builds no tests; what follows it
# compiles the curve libraries and our own crates once more, because test dependencies turn on features of theirs.
CARGO ?= cargo
BUILD := $(CARGO) build --locked --workspace
QUITTANCE := $(or $(CARGO_TARGET_DIR),target)/debug/quittance
DEMO ?= target/demo

.PHONY: all setup clients build demo test check lint bench agreement verifier page page-test interop corruption trees simulation kills power-cuts failpoints fuzz mutants bench-ledger bench-replay schemas clean-demo

all: build

setup:
	@scripts/setup

# First, so that what is missing is missed before the long build.
clients:
	@scripts/setup clients

build: setup
	@scripts/first-build-notice
	$(BUILD) --all-targets

demo: setup
	@scripts/first-build-notice
	$(BUILD) --bins
	rm -rf $(DEMO)
	$(QUITTANCE) demo $(DEMO) --cheat

test: clients build
	$(CARGO) test --locked --workspace
	@$(CARGO) test --locked --workspace --lib -- --nocapture is_needed 2>&1 | grep '^circuit mutation'
	$(CARGO) test --locked --workspace --features quittance-ledger/failpoints --test failpoints
	scripts/test-clients
	scripts/test-verifier
	scripts/test-page

lint: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) fetch --locked --quiet --manifest-path fuzz/targets/Cargo.toml
	scripts/deny

check: lint test

# Without RocksDB, with link-time optimisation: what the published figures are measured with.
bench: setup
	scripts/bench

# What docs/src/reference/figures.md reports of the two verifiers.
agreement: clients build
	scripts/test-verifier 1000

verifier: clients
	npm --prefix cli/page/verify ci --silent --no-audit --no-fund
	npm --prefix cli/page/verify run --silent build

page: clients
	scripts/page

page-test: clients build
	scripts/test-page

# Go's own transparency-log packages read an exported ledger.
interop: build
	scripts/interop/run

# What docs/src/reference/endurance.md reports: the long forms of tests of the ledger.
corruption: build
	QUITTANCE_CORRUPTION=all $(CARGO) test --locked --workspace --test it -- --nocapture any_damage

trees: build
	QUITTANCE_TREES=130 $(CARGO) test --locked --workspace --test it -- proofs::

simulation: build
	QUITTANCE_LIVES=10000 $(CARGO) test --locked --workspace --test it -- --nocapture simulation

kills: build
	$(CARGO) test --locked --workspace --test endurance -- kills 200

power-cuts: build
	$(CARGO) test --locked --workspace --test endurance -- power-cuts 30
	$(CARGO) test --locked --workspace --test endurance -- sync-errors 50

failpoints: setup
	$(CARGO) test --locked --workspace --features quittance-ledger/failpoints --test failpoints

# libFuzzer, with every crate built once more for it.
SECONDS ?= 600
fuzz: setup
	scripts/fuzz $(SECONDS) $(TARGET)

# Without RocksDB; .cargo/mutants.toml says what is mutated, and why what is left standing may stand.
mutants:
	scripts/mutants

# In the one profile: with debug assertions in our own code, at full speed otherwise.
bench-ledger: build
	$(dir $(QUITTANCE))examples/throughput

bench-replay: build
	scripts/bench-replay

schemas: build
	$(CARGO) run --locked -p quittance-engine --example schemas
