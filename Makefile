# huis: `make demo` shows it at work, `make check` builds and tests everything.
BUILD ?= build

all:
	@tools/setup.sh --build
	@test -d $(BUILD) || meson setup $(BUILD)
	@ninja -C $(BUILD)

check:
	@tools/check.sh

fuzz:
	@tools/fuzz.sh

.PHONY: all check fuzz
