#!/usr/bin/env python3
"""The forward pass of llama and qwen2 GGUF files in plain numpy: weights dequantised by PyPI's gguf,
everything else in float64 (weights float32). An implementation that shares no line with huis.

    reference_logits.py golden [MODEL...]   writes tests/golden/reference/MODEL.json from
                                            HUIS_TEST_MODELS: for some prompts of the peer's golden
                                            the logits of the last position (the 500 largest and 500
                                            at even distances), their mean and deviation over the
                                            whole vocabulary
    reference_logits.py divergence [MODEL...]
                                            writes tests/golden/divergence/MODEL.json: for every
                                            position of some sequences the 16 likeliest tokens of
                                            the reference with their ln p, and the mean divergence
                                            of llama.cpp from it over these and "any other"
Run it with the Python of tools/venv.sh; divergence needs tools/peers.sh.
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
DIVERGENCE_CASES = [3, 7, 10, 14, 21, 23]
N_LIKELY = 16


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

    def rotate(self, x):
        """x [n, heads, head_dim]."""
        half = self.head_dim // 2
        angles = np.arange(x.shape[0])[:, None] * self.rope_base ** (-np.arange(half) / half)
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

    def attention(self, x, layer):
        n = x.shape[0]
        normed = self.norm(x, f"blk.{layer}.attn_norm.weight")
        q = self.rotate(self.project(normed, layer, "q"))
        k = self.rotate(self.project(normed, layer, "k"))
        v = self.project(normed, layer, "v")
        group = self.n_heads // self.n_kv_heads
        heads = np.empty_like(q)
        hidden = np.triu(np.full((n, n), -np.inf), 1)
        for h in range(self.n_heads):
            scores = q[:, h] @ k[:, h // group].T / np.sqrt(self.head_dim) + hidden
            p = np.exp(scores - scores.max(-1, keepdims=True))
            heads[:, h] = p / p.sum(-1, keepdims=True) @ v[:, h // group]
        return heads.reshape(n, -1) @ self.weight(f"blk.{layer}.attn_output.weight").T

    def feed_forward(self, x, layer):
        normed = self.norm(x, f"blk.{layer}.ffn_norm.weight")
        gate = normed @ self.weight(f"blk.{layer}.ffn_gate.weight").T
        up = normed @ self.weight(f"blk.{layer}.ffn_up.weight").T
        return gate / (1 + np.exp(-gate)) * up @ self.weight(f"blk.{layer}.ffn_down.weight").T

    def logits(self, tokens, last_only=True):
        """Logits of the last position, or of all [n, n_vocab]. Several prompts at once would not
        be faster: the weights are dequantised layer by layer."""
        x = self.weight("token_embd.weight", np.array(tokens)).astype(np.float64)
        for layer in range(self.n_layers):
            x = x + self.attention(x, layer)
            x = x + self.feed_forward(x, layer)
        x = self.norm(x[-1:] if last_only else x, "output_norm.weight")
        head = "output.weight" if "output.weight" in self.tensors else "token_embd.weight"
        return x @ self.weight(head).T


def golden(name, model):
    peer = json.loads((ROOT / f"tests/golden/peer/{name}.json").read_text(encoding="utf-8"))
    cases = []
    for i in CASES:
        case = peer["cases"][i]
        tokens = case["prompt"] + case["tokens"][:24]
        logits = model.logits(tokens)[0]
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
    """Mean KL divergence over the likely tokens of each position and one bucket for the rest."""
    p = np.exp(np.take_along_axis(reference, likely, -1))
    q = np.exp(np.take_along_axis(other, likely, -1))
    p_rest = np.maximum(1 - p.sum(-1), 1e-12)
    q_rest = np.maximum(1 - q.sum(-1), 1e-12)
    return ((p * np.log(p / q)).sum(-1) + p_rest * np.log(p_rest / q_rest)).mean()


def divergence(name, model, path):
    peer = json.loads((ROOT / f"tests/golden/peer/{name}.json").read_text(encoding="utf-8"))
    sequences = [(c["prompt"] + c["tokens"])[:96] for c in (peer["cases"][i] for i in DIVERGENCE_CASES)]
    program = pathlib.Path(os.environ.get("BUILD", "build")) / "peers" / "peer_logits"
    given = "".join(" ".join(map(str, s)) + "\n" for s in sequences)
    raw = subprocess.run([program, path, "all", "1"], input=given.encode(), stdout=subprocess.PIPE,
                         check=True, cwd=ROOT).stdout
    theirs = log_softmax(np.frombuffer(raw, np.float32).reshape(sum(map(len, sequences)), -1)
                         .astype(np.float64))
    ours = log_softmax(np.concatenate([model.logits(s, last_only=False) for s in sequences]))
    likely = np.argsort(-ours, -1, kind="stable")[:, :N_LIKELY]
    coarse = coarse_divergence(ours, theirs, likely)
    full = (np.exp(ours) * (ours - theirs)).sum(-1).mean()
    print(name, len(ours), "positions; llama.cpp: coarse", coarse, "full", full, file=sys.stderr)
    rows, start = [], 0
    for s in sequences:
        part = slice(start, start + len(s))
        start += len(s)
        rows.append(json.dumps({"tokens": s, "likely": likely[part].tolist(),
                                "log_p": np.take_along_axis(ours, likely, -1)[part].round(3).tolist()},
                               separators=(",", ":")))
    out = ROOT / "tests/golden/divergence"
    out.mkdir(exist_ok=True)
    (out / f"{name}.json").write_text(
        '{"peer":"llama-cpp-python 0.3.36","model":"%s","peer_divergence":%.6g,"cases":[\n%s\n]}\n'
        % (name, coarse, ",\n".join(rows)), encoding="utf-8")


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
