#!/usr/bin/env python3
"""eval_extract.py BUILD SHARED [--half first|second]: extract mode beside lead, equal word limits.

ROUGE-1/2/L F1, lower-cased, words only, no stemming, means over items (and over the references of
a mail). Weights were tuned on the first half of each set only; figures are for the second half.
Lead: whole sentences from the start that fit, and the first words cut at the limit. 95 % bootstrap
intervals of the difference to whole-sentence lead.
"""
import argparse
import json
import random
import re
import subprocess
from collections import Counter

SETS = [("news_fr_valid", "tldr", 35, 1), ("mail_dev", "headline", 10, 2), ("mail_dev", "tldr", 25, 2),
        ("dialogue_dev", "tldr", 25, 3), ("news_fr_valid", "headline", 12, 1)]


def words(text):
    return re.findall(r"\w+", text.lower())


def f1(hit, a, b):
    return 2.0 * hit / (a + b) if a and b else 0.0


def lcs(a, b):
    row = [0] * (len(b) + 1)
    for x in a:
        prev = 0
        for j, y in enumerate(b, 1):
            keep = row[j]
            row[j] = prev + 1 if x == y else max(row[j], row[j - 1])
            prev = keep
    return row[-1]


def rouge(out, ref):
    a, b = words(out), words(ref)
    scores = []
    for n in (1, 2):
        x = Counter(zip(*[a[i:] for i in range(n)]))
        y = Counter(zip(*[b[i:] for i in range(n)]))
        scores.append(f1(sum((x & y).values()), sum(x.values()), sum(y.values())))
    return scores + [f1(lcs(a, b), len(a), len(b))]


def score(out, refs):
    all_refs = [rouge(out, r) for r in refs]
    return [100.0 * sum(r[k] for r in all_refs) / len(all_refs) for k in range(3)]


def lead_cut(text, limit):
    return " ".join(text.split()[:limit])


def lead_sentences(text, limit):
    out = []
    for s in re.split(r"(?<=[.!?…])\s+|\n+", text):
        n = len(s.split())
        if out and sum(len(x.split()) for x in out) + n > limit:
            break
        out.append(s)
    text = " ".join(out)
    return lead_cut(text, limit)


def interval(diffs, rng):
    means = sorted(sum(rng.choices(diffs, k=len(diffs))) / len(diffs) for _ in range(1000))
    return means[25], means[975]


def evaluate(args, name, kind, limit, genre):
    items = [json.loads(x) for x in open(f"{args.shared}/data/{name}.jsonl", encoding="utf-8")]
    half = len(items) // 2
    items = items[:half] if args.half == "first" else items[half:]
    stdin = "".join(json.dumps({"id": x["id"], "text": x["text"]}) + "\n" for x in items)
    run = subprocess.run([f"{args.build}/tests/eval/summarize-lines", kind, str(limit), str(genre)],
                         input=stdin, capture_output=True, text=True, check=True)
    ours = [json.loads(x)["text"] for x in run.stdout.splitlines()]
    refs = [x.get("subject_refs") or [x["title"] if kind == "headline" else x["ref"]] for x in items]
    rows = {"lead, cut": [lead_cut(x["text"], limit) for x in items],
            "lead, whole sentences": [lead_sentences(x["text"], limit) for x in items],
            "extract": ours}
    print(f"{name} {kind} at {limit} words, {len(items)} items; {run.stderr.strip()}")
    scores = {}
    for label, outs in rows.items():
        scores[label] = [score(o, r) for o, r in zip(outs, refs)]
        mean = [sum(s[k] for s in scores[label]) / len(items) for k in range(3)]
        n = sum(len(o.split()) for o in outs) / len(items)
        print(f"  {label:24} {mean[0]:5.1f} {mean[1]:5.1f} {mean[2]:5.1f}   {n:4.1f} words")
    rng = random.Random(1)
    diffs = [a[0] - b[0] for a, b in zip(scores["extract"], scores["lead, whole sentences"])]
    low, high = interval(diffs, rng)
    print(f"  extract - lead (whole), R1: {sum(diffs) / len(diffs):+.1f} [{low:+.1f}, {high:+.1f}]")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("shared")
    parser.add_argument("--half", default="second", choices=["first", "second"])
    args = parser.parse_args()
    for row in SETS:
        evaluate(args, *row)


if __name__ == "__main__":
    main()
