#!/usr/bin/env python3
"""The forward pass of llama and qwen2 GGUF files in plain numpy: weights dequantised by PyPI's gguf,
everything else in float64 (weights float32). An implementation that shares no line with huis.

    reference_logits.py golden [MODEL...]   writes tests/golden/reference/MODEL.json from
                                            HUIS_TEST_MODELS: for some prompts of the peer's golden
                                            the logits of the last position (the 500 largest and 500
                                            at even distances), their mean and deviation over the
                                            whole vocabulary
    reference_logits.py divergence [MODEL...]
                                            writes tests/golden/divergence/MODEL.bin: for every
                                            position of some sequences the 12 likeliest tokens of
                                            the reference with their ln p, and the divergence of
                                            llama.cpp from it over these and "any other"
Run it with the Python of tools/venv.sh; divergence needs tools/peers.sh (about a quarter of an hour).
"""
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ["smollm2-135m", "qwen-0.5b", "qwen-1.5b"]
CASES = [3, 10, 14, 21]     # of the peer's golden: English, French, code, raw text
N_SUBSET = 500
# Of divergence: all cases of the peer's golden, and passages of texts of this project.
PASSAGES = [("tests/eval/check/english.txt", 3), ("tests/eval/check/french.txt", 3), ("docs/tour.md", 2),
            ("docs/pitfalls.md", 2), ("src/base/pool.c", 2), ("bench/versus.py", 2)]
PASSAGE_TOKENS = 256
N_POSITIONS = {"smollm2-135m": 6000, "qwen-0.5b": 2000, "qwen-1.5b": 2000} # at most
N_LIKELY = 12
LN_P_STEPS = 2048


class Model:
    def __init__(self, path):
        reader = GGUFReader(path)
        self.tensors = {t.name: t for t in reader.tensors}
        self.arch = reader.fields["general.architecture"].contents()
        self.fields = reader.fields
        self.n_layers = self.key("block_count")
        self.n_embd = self.key("embedding_length")
        self.n_heads = self.key("attention.head_count")
        self.n_kv_heads = self.key("attention.head_count_kv")
        self.head_dim = self.key("attention.key_length", self.n_embd // self.n_heads)
        self.epsilon = self.key("attention.layer_norm_rms_epsilon")
        self.rope_base = self.key("rope.freq_base", 10000.0)

    def key(self, suffix, fallback=None):
        field = self.fields.get(f"{self.arch}.{suffix}")
        return fallback if field is None else field.contents()

    def weight(self, name, rows=None):
        t = self.tensors.get(name)
        if t is None:
            return None
        data = t.data if rows is None else t.data[rows]
        return dequantize(data, t.tensor_type).astype(np.float32)

    def norm(self, x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon) * self.weight(name)

    def rotate(self, x, positions):
        """x [n, heads, head_dim]."""
        half = self.head_dim // 2
        angles = positions[:, None] * self.rope_base ** (-np.arange(half) / half)
        cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
        out = np.empty_like(x)
        if self.arch == "qwen2":
            a, b = x[..., :half], x[..., half:]
            out[..., :half], out[..., half:] = a * cos - b * sin, a * sin + b * cos
        else:
            a, b = x[..., 0::2], x[..., 1::2]
            out[..., 0::2], out[..., 1::2] = a * cos - b * sin, a * sin + b * cos
        return out

    def project(self, x, layer, what):
        y = x @ self.weight(f"blk.{layer}.attn_{what}.weight").T.astype(np.float64)
        bias = self.weight(f"blk.{layer}.attn_{what}.bias")
        return (y if bias is None else y + bias).reshape(x.shape[0], -1, self.head_dim)

    def attention(self, x, layer, lengths):
        normed = self.norm(x, f"blk.{layer}.attn_norm.weight")
        positions = np.concatenate([np.arange(n) for n in lengths])
        q = self.rotate(self.project(normed, layer, "q"), positions)
        k = self.rotate(self.project(normed, layer, "k"), positions)
        v = self.project(normed, layer, "v")
        group = self.n_heads // self.n_kv_heads
        heads = np.empty_like(q)
        start = 0
        for n in lengths:
            part = slice(start, start + n)
            start += n
            hidden = np.triu(np.full((n, n), -np.inf), 1)
            for h in range(self.n_heads):
                scores = q[part, h] @ k[part, h // group].T / np.sqrt(self.head_dim) + hidden
                p = np.exp(scores - scores.max(-1, keepdims=True))
                heads[part, h] = p / p.sum(-1, keepdims=True) @ v[part, h // group]
        return heads.reshape(len(x), -1) @ self.weight(f"blk.{layer}.attn_output.weight").T

    def feed_forward(self, x, layer):
        normed = self.norm(x, f"blk.{layer}.ffn_norm.weight")
        gate = normed @ self.weight(f"blk.{layer}.ffn_gate.weight").T
        up = normed @ self.weight(f"blk.{layer}.ffn_up.weight").T
        return gate / (1 + np.exp(-gate)) * up @ self.weight(f"blk.{layer}.ffn_down.weight").T

    def rows(self, sequences):
        """What the head gets of every token of every sequence, one after the other: together,
        because each layer's weights are dequantised anew."""
        lengths = [len(s) for s in sequences]
        x = self.weight("token_embd.weight", np.concatenate(sequences)).astype(np.float64)
        for layer in range(self.n_layers):
            x = x + self.attention(x, layer, lengths)
            x = x + self.feed_forward(x, layer)
        return self.norm(x, "output_norm.weight")

    def head(self):
        """The matrix of the head, transposed, in the precision that all is computed in."""
        name = "output.weight" if "output.weight" in self.tensors else "token_embd.weight"
        return self.weight(name).T.astype(np.float64)


def golden(name, model):
    peer = json.loads((ROOT / f"tests/golden/peer/{name}.json").read_text(encoding="utf-8"))
    cases = []
    for i in CASES:
        case = peer["cases"][i]
        tokens = case["prompt"] + case["tokens"][:24]
        logits = model.rows([tokens])[-1] @ model.head()
        top = np.argsort(-logits, kind="stable")[:N_SUBSET]
        spread = np.arange(N_SUBSET) * (len(logits) // N_SUBSET)
        ids = np.unique(np.concatenate([top, spread]))
        cases.append({"tokens": tokens, "mean": round(float(logits.mean()), 5),
                      "deviation": round(float(logits.std()), 5), "best": int(top[0]),
                      "ids": ids.tolist(), "logits": [round(float(logits[j]), 4) for j in ids]})
        print(name, i, len(tokens), "best", top[0], logits[top[0]], file=sys.stderr)
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (ROOT / f"tests/golden/reference/{name}.json").write_text(
        '{"model":"%s","cases":[\n%s\n]}\n' % (name, lines), encoding="utf-8")


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def coarse_divergence(reference, other, likely):
    """KL divergence of each position over its likely tokens and one bucket for the rest."""
    ln_p, ln_q = (np.take_along_axis(x, likely, -1) for x in (reference, other))
    p, q = np.exp(ln_p), np.exp(ln_q)
    p_rest = np.maximum(1 - p.sum(-1), 1e-12)
    q_rest = np.maximum(1 - q.sum(-1), 1e-12)
    return (p * (ln_p - ln_q)).sum(-1) + p_rest * np.log(p_rest / q_rest)


def peer_program():
    return ROOT / os.environ.get("BUILD", "build") / "peers" / "peer_logits"


def sequences_of(name, path):
    """Answers of the peer, and passages in pieces of the same length."""
    peer = json.loads((ROOT / f"tests/golden/peer/{name}.json").read_text(encoding="utf-8"))
    found = [c["prompt"] + c["tokens"] for c in peer["cases"]]
    texts = b"".join((ROOT / file).read_bytes() + b"\0" for file, _ in PASSAGES)
    ids = subprocess.run([peer_program(), path, "tokens", "1"], input=texts, stdout=subprocess.PIPE,
                         check=True).stdout.decode().splitlines()
    for (_, n), line in zip(PASSAGES, ids, strict=True):
        tokens = [int(x) for x in line.split()]
        # At even distances: a file does not begin as it goes on.
        starts = [i * (len(tokens) - PASSAGE_TOKENS) // max(1, n - 1) for i in range(n)]
        found += [tokens[i:i + PASSAGE_TOKENS] for i in starts]
    step = next(i for i in range(1, len(found)) if sum(map(len, found[::i])) <= N_POSITIONS[name])
    return found[::step]


def divergence(name, model, path):
    sequences = sequences_of(name, path)
    given = "".join(" ".join(map(str, s)) + "\n" for s in sequences).encode()
    peer = subprocess.Popen([peer_program(), path, "all", "1"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE)
    peer.stdin.write(given)
    peer.stdin.close()
    rows, head, start = model.rows(sequences), model.head(), 0
    parts, sums = [], np.zeros(3)
    for s in sequences:
        ours = log_softmax(rows[start:start + len(s)] @ head)
        start += len(s)
        raw = peer.stdout.read(ours.size * 4)
        theirs = log_softmax(np.frombuffer(raw, np.float32).reshape(ours.shape).astype(np.float64))
        likely = np.argsort(-ours, -1, kind="stable")[:, :N_LIKELY]
        coarse = coarse_divergence(ours, theirs, likely)
        sums += [len(s), coarse.sum(), (np.exp(ours) * (ours - theirs)).sum()]
        ln_p = np.round(-np.take_along_axis(ours, likely, -1) * LN_P_STEPS)
        parts += [np.uint32(len(s)).tobytes(), np.array(s, np.int32).tobytes(),
                  coarse.astype(np.float32).tobytes(), likely.astype(np.int32).tobytes(),
                  np.minimum(ln_p, 65535).astype(np.uint16).tobytes()]
        # Whole words follow each other.
        parts.append(b"\0" * (-len(parts[-1]) % 4))
    print(f"{name}: {len(sequences)} sequences, {sums[0]:.0f} positions; llama.cpp: coarse "
          f"{sums[1] / sums[0]:.6g}, full {sums[2] / sums[0]:.6g}", file=sys.stderr)
    if peer.wait() != 0:
        sys.exit("peer_logits failed")
    out = ROOT / "tests/golden/divergence"
    out.mkdir(exist_ok=True)
    head_words = np.array([N_LIKELY, LN_P_STEPS, len(sequences)], np.uint32).tobytes()
    (out / f"{name}.bin").write_bytes(b"huisdiv\n" + head_words + b"".join(parts))


def main():
    folder = pathlib.Path(os.environ.get("HUIS_TEST_MODELS", ""))
    for name in sys.argv[2:] or MODELS:
        path = folder / f"{name}.gguf"
        if not path.exists():
            print(f"{path} is missing: its golden stays as it is", file=sys.stderr)
        elif sys.argv[1] == "golden":
            golden(name, Model(path))
        else:
            divergence(name, Model(path), path)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("golden", "divergence"):
        sys.exit(__doc__)
    main()
