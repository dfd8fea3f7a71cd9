#!/usr/bin/env python3
"""Encodes a text with huis and with Hugging Face tokenizers, in turn, one thread each.

    bench/tokenizer.py BUILD MODEL.gguf TEXT...

The peer is built from the same file's tokens and merges (tools/make_tokenizer_goldens.py) and is
fed line by line (it is slower on one long text); processor time, median of five rounds. The ids
of both are compared by count. Needs PyPI tokenizers and gguf.
"""
import json
import os
import statistics
import subprocess
import sys
import time

os.environ['TOKENIZERS_PARALLELISM'] = 'false'
os.environ['RAYON_NUM_THREADS'] = '1'
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tools'))
import make_tokenizer_goldens as goldens  # noqa: E402

build, model, *texts = sys.argv[1:]
import gguf  # noqa: E402

peer = goldens.byte_level_oracle(gguf.GGUFReader(model), False)
for path in texts:
    with open(path, encoding='utf-8') as f:
        lines = f.read().splitlines(keepends=True)
    size = sum(len(line.encode()) for line in lines)
    ours, theirs = [], []
    for _ in range(5):
        out = subprocess.run([f'{build}/bench/bench-tokenizer', model, path, '3'], capture_output=True, check=True)
        ours.append(json.loads(out.stdout))
        start = time.process_time()
        for line in lines:
            peer(line)
        theirs.append(size / 1e6 / (time.process_time() - start))
    speed = statistics.median(o['encode_mb_s'] for o in ours)
    peer_speed = statistics.median(theirs)
    print(f"{os.path.basename(model)} {os.path.basename(path)}: open {statistics.median(o['open_ms'] for o in ours):.1f} ms, "
          f"encode {speed:.1f} MB/s, Hugging Face tokenizers {peer_speed:.2f} MB/s: {speed / peer_speed:.1f} x; "
          f"decode {statistics.median(o['decode_mb_s'] for o in ours):.0f} MB/s")
