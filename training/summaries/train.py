#!/usr/bin/env python3
"""train.py BUILD SHARED [--write] [--sets SET,...] [--notes]: fits the weights of src/feature/summarize/dialogue_weights.h or,
with --notes, of dialogue_note_weights.h.

What is seen in a clause comes from the product's own code (BUILD/tests/eval/summary-lines). Target of a clause: mean of
its ROUGE-1 and ROUGE-2 F1 with the reference. Ridge regression, features and targets centred within each dialogue: only
the order inside a dialogue matters. Data, all of which may go into shipped weights: `own`, dialogues written for huis
(tests/eval/summaries); `clinical`, MTS-Dialog (CC BY 4.0); `meetings`, passages of QMSum (MIT) that a question rests on,
with its answer. The table is learnt from `own` alone: the others made it worse (models/summary-scorer/README.md). No
other development set is read. Nothing is random. Prints the scores of held-out folds (by item; meetings by meeting)
beside those of the order of the text and of the sentences' scores. With --notes the clauses are the notes of interviews, learnt
from the first half of `clinical` (the second is for reports); with --write makes the table anew. Needs numpy (tools/requirements.txt): tools/venv.sh prints the python that has it.
"""
import argparse
import collections
import json
import os
import re
import subprocess

import numpy

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FOLDER = f"{ROOT}/src/feature/summarize"
RIDGE = 0.1
FOLDS = 8
MAX_TURNS = 60
TOLD_WORDS = 25
DIALOGUE = 3


def feature_names():
    text = open(f"{ROOT}/src/feature/summarize/dialogue_value.h", encoding="utf-8").read()
    return re.findall(r"^\s+CLAUSE_(\w+)", text[text.index("typedef enum dialogue_feature"):], re.M)


def words(text):
    return re.findall(r"[^\W_]+", text.lower())


def overlap(a, b, n):
    x = collections.Counter(zip(*[a[i:] for i in range(n)]))
    y = collections.Counter(zip(*[b[i:] for i in range(n)]))
    total = sum(x.values()) + sum(y.values())
    return 2.0 * sum((x & y).values()) / total if total else 0.0


def rouge(text, reference):
    a, b = words(text), words(reference)
    return (overlap(a, b, 1) + overlap(a, b, 2)) / 2.0


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def own_items():
    for name in ("english", "french"):
        for line in read(f"{ROOT}/tests/eval/summaries/{name}.jsonl"):
            if line["kind"] == "chat":
                yield {"set": "own", "fold": line["id"], "text": line["text"], "ref": line["ref"]}


def clinical_items(shared):
    for line in read(f"{shared}/data/clinical_dialogue.jsonl"):
        yield {"set": "clinical", "fold": line["id"], "text": line["text"], "ref": line["ref"]}


def meeting_items(shared):
    for line in read(f"{shared}/data/meetings_val.jsonl"):
        for query in line["queries"]:
            turns = [t for first, last in query["spans"] for t in line["turns"][first:last + 1]]
            if 4 <= len(turns) <= MAX_TURNS:
                text = "\n".join(f"{t['speaker']}: {t['text']}" for t in turns)
                yield {"set": "meetings", "fold": line["id"], "text": text, "ref": query["answer"]}


def load(build, shared, notes):
    items = list(clinical_items(shared))
    items = items[:len(items) // 2] if notes else [*own_items(), *items, *meeting_items(shared)]
    items = [dict(i, genre=DIALOGUE) for i in items]
    given = "\n".join(json.dumps(i) for i in items) + "\n"
    out = subprocess.run([f"{build}/tests/eval/summary-lines"], input=given.encode(), capture_output=True, check=True).stdout
    items = [json.loads(line) for line in out.splitlines()]
    if notes:
        items = [dict(i, clauses=i.get("notes", [])) for i in items]
    return [i for i in items if len(i["clauses"]) > 1]


def centred(item):
    x = numpy.array([c["features"] for c in item["clauses"]])
    y = numpy.array([rouge(c["text"], item["ref"]) for c in item["clauses"]])
    return x - x.mean(axis=0), y - y.mean()


def fit(items):
    """Every set has the same mass, and in it every dialogue."""
    counts = collections.Counter(i["set"] for i in items)
    n = len(items[0]["clauses"][0]["features"])
    a, b = RIDGE * numpy.eye(n), numpy.zeros(n)
    for item in items:
        x, y = centred(item)
        weight = 1.0 / len(counts) / counts[item["set"]] / len(y)
        a += weight * x.T @ x
        b += weight * x.T @ y
    return numpy.linalg.solve(a, b)


def tell(item, values):
    """The best clauses that fit, in order: as dialogue_choose, less its penalty for what is said twice."""
    chosen, left = [], TOLD_WORDS
    for k in sorted(range(len(values)), key=lambda i: -values[i]):
        n = len(item["clauses"][k]["text"].split())
        if n <= left and len(chosen) < 3:
            chosen.append(k)
            left -= n
    return ". ".join(item["clauses"][k]["text"] for k in sorted(chosen))


def hold_out(items, sets, names):
    """Each fold told with weights of the others."""
    folds = sorted({i["fold"] for i in items})
    scores = collections.defaultdict(list)
    for k in range(FOLDS):
        out = {f for j, f in enumerate(folds) if j % FOLDS == k}
        weights = fit([i for i in items if i["set"] in sets and i["fold"] not in out])
        for item in (i for i in items if i["fold"] in out):
            x = numpy.array([c["features"] for c in item["clauses"]])
            for way, values in (("learnt", x @ weights), ("order", -numpy.arange(len(x))),
                                ("score", x[:, names.index("SCORE")])):
                scores[item["set"], way].append(100.0 * rouge(tell(item, values), item["ref"]))
    for (name, way), values in sorted(scores.items()):
        print(f"{name:9} {way:7} {len(values):4} items, mean of ROUGE-1 and -2: {sum(values) / len(values):5.1f}")


def table(names, weights, notes):
    what, name, guard = ("note", "dialogue_note_weights", "NOTE") if notes else ("clause", "dialogue_weights", "DIALOGUE")
    rows = "\n".join(f"    [CLAUSE_{n}] = {round(w, 3) + 0.0:.3f}," for n, w in zip(names, weights))
    return (f"/*\n * {name}.h - weights of what is seen in a {what} (dialogue_value.c only). Made by\n"
            " * training/summaries/train.py; data, licences and scores: models/summary-scorer/README.md.\n */\n"
            f"#ifndef HUIS_FEATURE_{name.upper()}_H\n#define HUIS_FEATURE_{name.upper()}_H\n\n"
            '#include "feature/summarize/dialogue_value.h"\n\n'
            f"static const double {guard}_WEIGHTS[DIALOGUE_N_FEATURES] = {{\n{rows}\n}};\n\n#endif\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("shared")
    parser.add_argument("--sets", default="own", help="what to learn from")
    parser.add_argument("--notes", action="store_true")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    names = feature_names()
    sets = ["clinical"] if args.notes else args.sets.split(",")
    items = load(args.build, args.shared, args.notes)
    if len(items[0]["clauses"][0]["features"]) != len(names):
        parser.error(f"{args.build}/tests/eval/summary-lines is older than dialogue_value.h: build it")
    print(dict(collections.Counter(i["set"] for i in items)), sum(len(i["clauses"]) for i in items), "clauses")
    hold_out(items, sets, names)
    text = table(names, fit([i for i in items if i["set"] in sets]), args.notes)
    print(text)
    if args.write:
        name = "dialogue_note_weights.h" if args.notes else "dialogue_weights.h"
        with open(f"{FOLDER}/{name}", "w", encoding="utf-8") as out:
            out.write(text)


main()
