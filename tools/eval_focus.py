#!/usr/bin/env python3
"""eval_focus.py BUILD SHARED [--half first|second]: a focus question on meetings, extract mode.

For each query of meetings_val with gold turns: `huis summarize --focus QUERY --kind key-points --words
100`. Printed: of the turns that are cited, the share that is gold; of the gold turns' content words
(idf of the meeting), the share in the output; ROUGE-1/2/L F1 against the answer; the same for queries
on the whole meeting, asked without a focus, each beside lead. Tuned on the first half of the file.
"""
import argparse
import bisect
import json
import math
import re
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor


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
    """ROUGE-1/2/L F1, as src/eval/rouge.c."""
    a, b = words(out), words(ref)
    scores = []
    for n in (1, 2):
        x = Counter(zip(*[a[i:] for i in range(n)]))
        y = Counter(zip(*[b[i:] for i in range(n)]))
        scores.append(f1(sum((x & y).values()), sum(x.values()), sum(y.values())))
    return scores + [f1(lcs(a, b), len(a), len(b))]


def render(meeting):
    starts, lines, at = [], [], 0
    for turn in meeting["turns"]:
        line = f"{turn['speaker']}: {turn['text']}\n"
        starts.append(at)
        lines.append(line)
        at += len(line.encode())
    return "".join(lines), starts


def summarize(build, path, focus, n_words, mode):
    command = [f"{build}/huis", "summarize", "--mode", mode, "--kind", "key-points", "--words",
               str(n_words), "--format", "json"]
    command += ["--focus", focus] if focus else []
    out = subprocess.run(command + [path], capture_output=True, check=True)
    return json.loads(out.stdout)


def coverage(gold, text, idf):
    held = set(words(text))
    total = sum(idf[w] for w in gold)
    return sum(idf[w] for w in gold if w in held) / total if total else 0.0


def evaluate(args):
    with open(f"{args.shared}/data/meetings_val.jsonl", encoding="utf-8") as file:
        meetings = [json.loads(line) for line in file]
    half = len(meetings) // 2
    chosen = meetings[:half] if args.half == "first" else meetings[half:]
    focused, whole, lead = [], [], []
    for meeting in chosen:
        text, starts = render(meeting)
        frequency = Counter(w for t in meeting["turns"] for w in set(words(t["text"])))
        idf = {w: math.log(len(meeting["turns"]) / n) for w, n in frequency.items()}
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write(text)
            file.flush()

            def ask(query):
                has_spans = bool(query["spans"])
                return summarize(args.build, file.name, query["query"] if has_spans else None,
                                 args.words, args.mode)

            with ThreadPoolExecutor(2) as executor:
                answers = list(executor.map(ask, meeting["queries"]))
        for query, out in zip(meeting["queries"], answers):
            scores = [100 * x for x in rouge(out["text"], query["answer"])]
            n_words = len(out["text"].split())
            if not query["spans"]:
                whole.append(scores + [n_words])
                first = " ".join(text.split()[:args.words])
                lead.append([100 * x for x in rouge(first, query["answer"])] + [args.words])
                continue
            gold = {t for a, b in query["spans"] for t in range(int(a), int(b) + 1)}
            cited = {bisect.bisect_right(starts, s["start"]) - 1
                     for item in out["items"] for s in item["sources"]}
            gold_words = {w for t in gold if t < len(starts)
                          for w in words(meeting["turns"][t]["text"]) if idf[w] > 1}
            focused.append([100 * len(cited & gold) / max(1, len(cited)), 100.0 * bool(cited & gold),
                            100 * coverage(gold_words, out["text"], idf)] + scores + [n_words])
            if args.show:
                print("Q:", query["query"], "| gold", query["spans"], "| cited", sorted(cited))
                print("A:", query["answer"])
                print("=", out["text"], "\n")
    for name, rows in (("focus", focused), ("whole", whole), ("lead", lead)):
        means = [sum(r[k] for r in rows) / len(rows) for k in range(len(rows[0]))]
        label = "cited gold %, hit %, gold words %, " if name == "focus" else ""
        print(f"{name} ({len(rows)}): {label}R1 R2 RL words: " + " ".join(f"{m:.1f}" for m in means))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("shared")
    parser.add_argument("--half", choices=["first", "second"], default="first")
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--mode", default="extract")
    evaluate(parser.parse_args())
