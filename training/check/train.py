#!/usr/bin/env python3
"""train.py BUILD SHARED: fits the weights of src/evidence/calibration.c and prints its table.

A logistic model over the signals of the checker, fitted by projected gradient descent: a signal says that something
is wrong, so its weight is never above 0 (but for the terms of dialogues, which take back what a retold dialogue does
to the others). Data: the pairs written for huis (tests/eval/check), MTS-Dialog (CC BY 4.0) and QMSum (MIT), first
halves only, true and corrupted sentences as tools/make_corruptions.py makes them; no other development set. True sentences weigh 57 %
of a set, in dialogues 65 %: what a feature writes is true more often than not, and a dialogue is never told in its own words. No library is needed.
"""
import json
import math
import re
import subprocess
import sys

ROOT = sys.path[0] + "/../.."
SETS = "own,own_made,clinical_dialogue,meetings_val"
FREE = {"DIALOGUE", "LOST_DIALOGUE", "CLAUSE_DIALOGUE", "BROKEN_DIALOGUE", "APART_DIALOGUE"}
SHARE = {"own": 0.45, "own_made": 0.25, "clinical_dialogue": 0.2, "meetings_val": 0.1}
TRUE_SHARE = {"own": 0.57, "own_made": 0.57, "clinical_dialogue": 0.65, "meetings_val": 0.65}
L2, STEPS, RATE = 0.002, 1500, 0.5
REFUSES = "UNKNOWN NUMBER_MOVED UNIT NEGATION_ADDED NEGATION_DROPPED REVERSED TURNED_ROUND ROLES SPLICED".split()
KNOTS = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0]
PRIOR = 0.02
LEAST = -4.0  # a signal that no true sentence of the training data has is not certain for that


def signal_names():
    text = open(f"{ROOT}/src/evidence/evidence.h", encoding="utf-8").read()
    return re.findall(r"^\s+SIGNAL_(\w+)", text[text.index("typedef enum evidence_signal"):], re.M)


def load(build, shared):
    made = subprocess.run([sys.executable, f"{ROOT}/tools/make_corruptions.py", shared, "--half", "first", "--sets", SETS],
                          capture_output=True, check=True).stdout
    out = subprocess.run([f"{build}/tests/eval/check-lines"], input=made, capture_output=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def weigh(rows):
    """True and false by TRUE_SHARE within each set, the sets by SHARE."""
    counts = {}
    for r in rows:
        counts[r["set"], r["label"]] = counts.get((r["set"], r["label"]), 0) + 1
    return [SHARE[r["set"]] * (TRUE_SHARE[r["set"]] if r["label"] else 1.0 - TRUE_SHARE[r["set"]]) / counts[r["set"], r["label"]] for r in rows]


def fit(rows, names):
    weights = weigh(rows)
    scale = [max(0.05, math.sqrt(sum(w * r["signals"][k] ** 2 for r, w in zip(rows, weights)))) for k in range(len(names))]
    x = [[s / c for s, c in zip(r["signals"], scale)] for r in rows]
    y = [r["label"] for r in rows]
    bias, theta = 1.0, [-0.1] * len(names)
    for step in range(STEPS):
        grad, grad_bias = [L2 * t for t in theta], 0.0
        for row, label, w in zip(x, y, weights):
            z = bias + sum(a * b for a, b in zip(theta, row) if b)
            error = w * (1.0 / (1.0 + math.exp(-z)) - label)
            grad_bias += error
            for k, value in enumerate(row):
                if value:
                    grad[k] += error * value
        rate = RATE if step < STEPS // 2 else RATE / 3
        bias -= rate * grad_bias
        theta = [t - rate * g for t, g in zip(theta, grad)]
        theta = [t if n in FREE else max(min(t, 0.0), LEAST * c) for t, n, c in zip(theta, names, scale)]
    return bias, [t / c for t, c in zip(theta, scale)]


def final_scores(rows, names, bias, theta):
    """As calibration.c before its table: what refuses by itself scores at most 0.49."""
    at = [names.index(n) for n in REFUSES]
    for r in rows:
        p = 1.0 / (1.0 + math.exp(-bias - sum(t * s for t, s in zip(theta, r["signals"]))))
        yield min(p, 0.49) if any(r["signals"][k] >= 1.0 for k in at) else p


def calibrate(rows, scores):
    """How many are true around each knot, true and false of equal mass, made monotone (pool adjacent violators) with one
    half fixed: the table must not change what is supported. A knot with few sentences stays near its own value."""
    n = {k: max(1, sum(r["label"] == k for r in rows)) for k in (0, 1)}
    blocks = []
    for knot in KNOTS:
        mass, true = PRIOR, PRIOR * knot
        for r, p in zip(rows, scores):
            near = max(0.0, 1.0 - abs(p - knot) / 0.1) if (p >= 0.5) == (knot >= 0.5) else 0.0
            mass += near / n[r["label"]]
            true += near / n[r["label"]] * r["label"]
        share = true / mass
        blocks.append([max(share, 0.5) if knot > 0.5 else 0.5 if knot == 0.5 else min(share, 0.5), mass, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            b, a = blocks.pop(), blocks.pop()
            blocks.append([(a[0] * a[1] + b[0] * b[1]) / (a[1] + b[1]), a[1] + b[1], a[2] + b[2]])
    return [value for value, _, count in blocks for _ in range(count)]


def main():
    names = [n for n in signal_names() if n != "FAR"]
    rows = load(sys.argv[1], sys.argv[2])
    for r in rows:
        r["signals"] = r["signals"][:len(names)]
    bias, theta = fit(rows, names)
    print(f"static const double BIAS = {bias:.3f};")
    print("static const double WEIGHTS[EVIDENCE_N_SIGNALS] = {")
    for name, weight in zip(names, theta):
        print(f"    [SIGNAL_{name}] = {weight:.3f},")
    print("};")
    scores = list(final_scores(rows, names, bias, theta))
    print(f"static const double KNOTS[N_KNOTS] = {{{', '.join(f'{k:.2f}' for k in KNOTS)}}};")
    print("static const double CALIBRATED[2][N_KNOTS] = {")
    for dialogue in (0, 1):
        part = [(r, p) for r, p in zip(rows, scores) if r["signals"][names.index("DIALOGUE")] == dialogue]
        table = calibrate([r for r, _ in part], [p for _, p in part])
        print(f"    {{{', '.join(f'{v:.3f}' for v in table)}}},")
    print("};")


main()
