# Everything that QuStream builds, tests and runs. One set of flags, so that the binary and the
# tests share one build folder.

SWIFT_FLAGS := -c release -Xcc -DNDEBUG
SEED ?= 1
RUNS ?= 1
CHANGING ?=
SCENARIO ?=
VALIDATORS ?= $(if $(CHANGING),5,4)
SECONDS ?= 60
FLOOD_SECONDS ?= 15
ROUNDS ?= 10
MEGABYTES ?= 200
MINUTES ?= 10
BENCH ?=
MUTANTS ?=
CASES ?= 100000
FORK ?= cancun

.PHONY: help build test test-tools mixed-load drill-economy drill-adversary drill-doctor drill devnet simulate mutants fuzz fuzz-lives fuzz-evm crash-campaign proofs bench bench-floods bench-rpc-floods bench-chain bench-gas bench-evm lint vectors packages

help:
	@echo "make devnet     build and run a local network in the foreground"
	@echo "make test       run every test"
	@echo "make test-tools run unmodified Python tools (web3.py, vyper, snekmate) against a local network"
	@echo "make mixed-load transfers and ERC-20 calls on a local network, equal state roots everywhere (MINUTES=10)"
	@echo "make drill-economy  a validator's life by commands: joins, is jailed, votes twice; proposals; an upgrade"
	@echo "make drill-adversary  dear calls, full blocks, a chain that stands still: blocks go on and nobody is punished"
	@echo "make drill-doctor  what the doctor says after half a minute and later: a disk that hangs, blocks that are refused, suspensions"
	@echo "make build      build .build/release/qustream"
	@echo "make simulate   run simulated clusters (SEED=1 RUNS=1 VALIDATORS=4), CHANGING=1 with validators that come and go"
	@echo "make mutants    plant faults in a copy of the sources, one at a time, and show which tests notice (MUTANTS=\"1 22\")"
	@echo "make fuzz       feed changed inputs into every decoder (SECONDS=60 SEED=1)"
	@echo "make fuzz-lives random lives of validators around the closes of periods and epochs (ROUNDS=10 SEED=1)"
	@echo "make fuzz-evm   compare the virtual machine with revm, or the specification, on random programs (FORK=cancun CASES=100000 SEED=1)"
	@echo "make crash-campaign  kill writers and damage their files (ROUNDS=10 SEED=1)"
	@echo "make proofs     check the machine-checked proofs of the sharing algebra"
	@echo "make drill      the drills of make test, longer and larger (ROUNDS=10 MEGABYTES=200)"
	@echo "make bench      run the benchmarks, or one (BENCH=cryptography, handshakes, storage, devnet, vault)"
	@echo "make bench-chain  parallel execution, import, large states, ends of epochs, calls per second (BENCH=parallel, import, state, economy, gas, mempool, rpc)"
	@echo "make bench-gas  gas per second of every native call, precompile and opcode at its worst"
	@echo "make bench-floods  the delay of votes and honest payments while one stranger floods a validator (BENCH=votes FLOOD_SECONDS=15)"
	@echo "make bench-rpc-floods  how long a second client of a node's RPC waits while one stranger does its worst (FLOOD_SECONDS=15)"
	@echo "make bench-evm  run the standard programs of the virtual machine next to revm"
	@echo "make lint       check the style rules of .swift-format (not the layout of lines)"
	@echo "make vectors    fetch the official test data at pinned commits (needs the network)"

# What the build links: Debian packages, and the sources of blst. What is present is left alone.
packages:
	@./scripts/install-packages librocksdb-dev libgmp-dev nettle-dev libsecp256k1-dev
	@./scripts/fetch-blst

build: packages
	swift build $(SWIFT_FLAGS) --product qustream

devnet: build
	.build/release/qustream devnet

# Those that talk over sockets and wait for answers: suites that compute for minutes would keep them from a thread.
SOCKET_TESTS := RPCTests|GatewayTests|NetworkingTests|VaultTests

# Without testable imports: with them every dependency would be compiled anew for the tests.
test: packages proofs
	@python3 scripts/mutants/mutants.py --check
	@./scripts/install-packages curl
	swift test $(SWIFT_FLAGS) --disable-testable-imports --quiet --filter '$(SOCKET_TESTS)'
	@# Whole networks, by themselves: their nodes sync the disk that a wallet's journal waits for.
	swift test $(SWIFT_FLAGS) --disable-testable-imports --quiet --filter EndToEndTests
	@$(MAKE) --no-print-directory test-tools
	swift test $(SWIFT_FLAGS) --disable-testable-imports --quiet --skip '$(SOCKET_TESTS)|EndToEndTests'

# The tests' build has made the binary as well; each set of packages has an environment of its own.
test-tools: build
	@./scripts/python-env Tests/Tools/requirements.txt .build-python-tools
	.build-python-tools/bin/python Tests/Tools/run.py

# A validator's whole life on real processes, by commands; about six minutes.
drill-economy: build
	@./scripts/python-env Tests/Tools/requirements.txt .build-python-tools
	.build-python-tools/bin/python Tests/Tools/economy.py

# Dear calls, full blocks, a chain that stands still, on real processes; about two minutes.
drill-adversary: build
	@./scripts/python-env Tests/Tools/requirements.txt .build-python-tools
	.build-python-tools/bin/python Tests/Tools/adversary.py

# The doctor's slow sentences, on real processes; about two minutes.
drill-doctor: packages
	@./scripts/install-packages curl
	QUSTREAM_DRILL_LONG=1 swift test $(SWIFT_FLAGS) --disable-testable-imports --filter LongDoctorTests

mixed-load: build
	@./scripts/python-env Tests/Tools/requirements.txt .build-python-tools
	.build-python-tools/bin/python Tests/Tools/mixed_load.py $(MINUTES)

# Real processes under power cuts, dead nodes and edited disks; QUSTREAM_DRILL_SEED=… repeats the moments of a run.
drill: packages
	@./scripts/install-packages curl
	QUSTREAM_DRILL_LONG=1 QUSTREAM_DRILL_ROUNDS=$(ROUNDS) QUSTREAM_DRILL_MEGABYTES=$(MEGABYTES) \
		swift test $(SWIFT_FLAGS) --disable-testable-imports --filter EndToEndTests

simulate: build
	.build/release/qustream simulate $(if $(CHANGING),--changing) --seed $(SEED) --runs $(RUNS) --validators $(VALIDATORS) $(if $(SCENARIO),--scenario $(SCENARIO))

# The copy is built once and holds all faults; the shipped sources hold none.
mutants: packages
	python3 scripts/mutants/mutants.py $(MUTANTS)

# Of all decoders together; QUSTREAM_FUZZ_ONLY=name replays one.
fuzz: packages
	QUSTREAM_FUZZ_SECONDS=$(SECONDS) QUSTREAM_FUZZ_SEED=$(SEED) swift test $(SWIFT_FLAGS) --disable-testable-imports --filter DecoderTests

# A chain for each seed from SEED on; a seed that stops it is the last line.
fuzz-lives: packages
	QUSTREAM_LIVES_SEED=$(SEED) QUSTREAM_LIVES_ROUNDS=$(ROUNDS) QUSTREAM_LIVES_BLOCKS=300 \
		swift test $(SWIFT_FLAGS) --disable-testable-imports --filter LivesTests

# revm and the specification (for FORK=prague and osaka) run in a Python environment of the project's own.
fuzz-evm: packages
	@./scripts/python-env scripts/evm/requirements.txt
	swift build $(SWIFT_FLAGS) --product EVMDriver
	.build-python/bin/python scripts/evm/fuzz.py --fork $(FORK) --cases $(CASES) --seed $(SEED)

# DELEGATIONS=1000,400000 and STATES=folder are for the economy part: which sizes, and where to keep the states for later runs.
# Parts that the package of the other benchmarks does not see; the rpc part starts a network of the release binary.
bench-chain: build
	swift build $(SWIFT_FLAGS) --product ChainBenchmarks
	QUSTREAM_BENCH_DELEGATIONS=$(DELEGATIONS) QUSTREAM_BENCH_STATES=$(STATES) .build/release/ChainBenchmarks $(BENCH)

bench-gas:
	@$(MAKE) --no-print-directory bench-chain BENCH=gas

# A network of the release binary.
bench-floods: build
	swift build $(SWIFT_FLAGS) --product FloodBenchmarks
	QUSTREAM_FLOOD_SECONDS=$(FLOOD_SECONDS) .build/release/FloodBenchmarks $(BENCH)

# What a stranger takes from other clients of a node's RPC, on real processes; about six minutes.
bench-rpc-floods: build
	@./scripts/python-env Tests/Tools/requirements.txt .build-python-tools
	FLOOD_SECONDS=$(FLOOD_SECONDS) BENCH="$(BENCH)" .build-python-tools/bin/python Tests/Tools/rpc_floods.py

bench-evm: packages
	@./scripts/python-env scripts/evm/requirements.txt
	swift build $(SWIFT_FLAGS) --product EVMDriver
	.build-python/bin/python scripts/evm/bench.py

crash-campaign: packages
	QUSTREAM_CRASH_ROUNDS=$(ROUNDS) QUSTREAM_CRASH_SEED=$(SEED) swift test $(SWIFT_FLAGS) --disable-testable-imports \
		--filter 'DamageTests|TornPromisesTests|CrashTests'

proofs:
	@Proofs/check.sh

bench: build
	@./scripts/install-packages gnupg
	swift run $(SWIFT_FLAGS) --package-path Benchmarks Benchmarks $(BENCH)

# The rules only: the pretty-printer would move line breaks that were placed by hand.
lint:
	swift format lint --debug-disable-pretty-print --recursive --strict Sources Tests

vectors:
	@./scripts/fetch-vectors
