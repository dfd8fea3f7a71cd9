#!/usr/bin/env python3
"""Writes small GGUF files with the reference writer: python3 make_gguf_seeds.py DIRECTORY

They are the seeds of the gguf fuzz target and of the truncation and bit-flip tests.
Needs PyPI gguf (tools/requirements.txt).
"""
import pathlib
import sys

import gguf
import numpy as np


def write(path, build):
    writer = gguf.GGUFWriter(path, "llama")
    build(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def empty(writer):
    del writer


def scalars(writer):
    writer.add_uint8("t.u8", 255)
    writer.add_int8("t.i8", -128)
    writer.add_uint16("t.u16", 65535)
    writer.add_int16("t.i16", -32768)
    writer.add_uint32("t.u32", 2**32 - 1)
    writer.add_int32("t.i32", -(2**31))
    writer.add_float32("t.f32", 1e-5)
    writer.add_bool("t.bool", True)
    writer.add_string("t.string", "h\u00e9llo")
    writer.add_uint64("t.u64", 2**64 - 1)
    writer.add_int64("t.i64", -(2**63))
    writer.add_float64("t.f64", 0.1)


def arrays(writer):
    writer.add_array("t.strings", ["a", "", "bc", "\u20ac"])
    writer.add_array("t.i32s", [-1, 0, 7])
    writer.add_array("t.f32s", [0.5, -2.0])
    writer.add_array("t.bools", [True, False, True])


def vocabulary(writer):
    writer.add_name("seed")
    writer.add_block_count(2)
    writer.add_context_length(128)
    writer.add_embedding_length(64)
    writer.add_head_count(2)
    writer.add_head_count_kv([1, 2])
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(["<|end|>", "a", "b", "ab", "\u0120a"])
    writer.add_token_types([3, 1, 1, 1, 1])
    writer.add_token_merges(["a b", "\u0120 a"])
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template("{% for m in messages %}{{ m.content }}{% endfor %}")
    writer.add_file_type(7)


def tensors(writer):
    vocabulary(writer)
    rng = np.random.default_rng(3)
    for name, shape, kind in (
        ("token_embd.weight", (5, 64), gguf.GGMLQuantizationType.Q8_0),
        ("blk.0.attn_q.weight", (2, 64), gguf.GGMLQuantizationType.Q4_1),
        ("blk.0.attn_k.weight", (2, 32), gguf.GGMLQuantizationType.MXFP4),
    ):
        data = gguf.quants.quantize(rng.standard_normal(shape, dtype=np.float32), kind)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.add_tensor("blk.0.attn_norm.weight", np.ones(7, dtype=np.float32))
    writer.add_tensor("cube", np.ones((2, 3, 4), dtype=np.float16))


def aligned(writer):
    writer.add_custom_alignment(64)
    writer.add_tensor("a", np.arange(3, dtype=np.float32))
    writer.add_tensor("b", np.arange(5, dtype=np.float32))


directory = pathlib.Path(sys.argv[1])
directory.mkdir(parents=True, exist_ok=True)
for build_seed in (empty, scalars, arrays, vocabulary, tensors, aligned):
    write(directory / f"{build_seed.__name__}.gguf", build_seed)
