#!/usr/bin/env python3
"""Writes tests/golden/codecs.bin: blocks of every quantised type with the floats that PyPI gguf
makes of them (its quants.py is an implementation in NumPy of its own).

    python3 tools/make_codec_goldens.py tests/golden/codecs.bin

Records: u32 type id, u32 n_blocks, the blocks, n_blocks * block_elements float32; little-endian.
Blocks are random bytes with ordinary scales, then blocks with extreme scales: zeros of both signs,
the smallest subnormal, the largest finite half, infinity and NaN, and quants of all zeros and ones.
Needs tools/requirements.txt.
"""
import struct
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

# Offsets of the half-precision scales in a block.
HALVES = {
    Type.F16: [], Type.BF16: [], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0],
    Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q2_K: [80, 82], Type.Q3_K: [108], Type.Q4_K: [0, 2],
    Type.Q5_K: [0, 2], Type.Q6_K: [208], Type.IQ4_NL: [0], Type.IQ4_XS: [0], Type.MXFP4: [],
}
EXTREMES = [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00]


def expand(blocks, kind):
    with np.errstate(all="ignore"):
        if kind == Type.F16:
            return blocks.view(np.float16).astype(np.float32).ravel()
        return gguf.quants.dequantize(blocks, kind).astype(np.float32).ravel()


def make_blocks(kind, rng):
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    n_random = 8 if elements == 256 else 32
    ordinary = rng.integers(0, 256, (n_random, size), dtype=np.uint8)
    for offset in HALVES[kind]:
        scales = (rng.standard_normal(n_random) * 0.02).astype(np.float16)
        ordinary[:, offset:offset + 2] = scales.view(np.uint8).reshape(-1, 2)
    extreme = rng.integers(0, 256, (len(EXTREMES) + 2, size), dtype=np.uint8)
    extreme[0], extreme[1] = 0x00, 0xFF
    for i, half in enumerate([0x3C00, 0x3C00] + EXTREMES):
        for j, offset in enumerate(HALVES[kind]):
            # The minimum takes another extreme than the scale.
            value = half if j == 0 else EXTREMES[(i * 3 + 1) % len(EXTREMES)]
            extreme[i, offset:offset + 2] = np.frombuffer(struct.pack("<H", value), np.uint8)
        if kind == Type.MXFP4:
            extreme[i, 0] = [127, 127, 0, 1, 2, 3, 120, 126, 128, 253, 254, 255][i]
        if kind in (Type.F16, Type.BF16):
            extreme[i] = np.frombuffer(struct.pack("<H", half), np.uint8)
    return np.concatenate([ordinary, extreme])


def main():
    rng = np.random.default_rng(20261124)
    with open(sys.argv[1], "wb") as out:
        for kind in HALVES:
            blocks = make_blocks(kind, rng)
            out.write(struct.pack("<II", kind, len(blocks)))
            out.write(blocks.tobytes())
            out.write(expand(blocks, kind).astype("<f4").tobytes())


main()
