# `make demo` shows huis at work, `make check` builds and tests everything, both from a bare Debian 12.
BUILD ?= build

all:
	@tools/setup.sh
	@test -d $(BUILD) || meson setup $(BUILD)
	@ninja -C $(BUILD) programs

demo:
	@tools/demo.sh

check:
	@tools/check.sh

install: all
	@meson install -C $(BUILD) --no-rebuild

# Layers, banned calls, exported symbols; prints sizes beside those of code worth imitating.
gate:
	@python3 tools/gate.py

# Long runs that `make check` does not do: fuzzing, and the peers that figures are compared with.
fuzz:
	@tools/fuzz.sh

# Builds the pinned llama.cpp and makes the goldens of tests/golden again (HUIS_TEST_MODELS).
peers:
	@tools/peers.sh
	@tools/make_peer_goldens.py
	@"$$(tools/venv.sh)" tools/reference_logits.py golden
	@"$$(tools/venv.sh)" tools/reference_logits.py divergence

# ik_llama.cpp, the second peer; IK_SOURCE: a source tree to build instead of the pinned package.
peers-ik:
	@IK_SOURCE=$(IK_SOURCE) tools/peers.sh ik

# The table of docs/performance.md in about 15 minutes, most important first: build/performance/performance.md.
# FULL=1: everything, about an hour. MINUTES (15), ROUNDS (2), LONG_ROUNDS (1), HUIS_TEST_MODELS; HUIS_PEERS: a build
# of llama.cpp to use (tools/peers.sh).
performance: all
	@ninja -C $(BUILD) huis-bench bench/make-shape
	@tools/test_models.sh
	@HUIS_TEST_MODELS=$${HUIS_TEST_MODELS:-$(BUILD)/test-models} bench/performance.py \
		--minutes $(or $(MINUTES),15) --rounds $(or $(ROUNDS),2) --long-rounds $(or $(LONG_ROUNDS),1) $(if $(FULL),--full)

# The tables of docs/quality.md on the second halves of the sets (DATA, MODEL, LIMIT: tools/quality.sh).
quality: all
	@tools/quality.sh $(DATA)

# Learns again which clauses of a dialogue are worth telling (models/summary-scorer). SHARED: the directory of data/.
train-summaries: all
	@ninja -C $(BUILD) tests/eval/summary-lines
	@"$$(tools/venv.sh)" training/summaries/train.py $(BUILD) $(SHARED) --write
	@clang-format -i src/feature/summarize/dialogue_weights.h

.PHONY: all demo check install gate fuzz peers peers-ik performance quality train-summaries

# Everything again for aarch64, tests under qemu-user.
cross:
	@tools/cross.sh

.PHONY: cross
