#!/usr/bin/env python3
"""eval_check.py BUILD SHARED [--half first|second] [--before FILE] [--save FILE]: how good is the checker?

Makes true and corrupted sentences (tools/make_corruptions.py), checks them (tests/eval/check-lines) and prints
balanced accuracy (mean of the share of true sentences that are supported and of false ones that are not) by
set, language and way of corruption, false alarms by way of telling, and a reliability table of the score.
A way's balanced accuracy uses the true sentences of the sets that hold it. --before: verdicts of an
older revision of the checker, saved by --save, printed beside. Thresholds and weights are tuned on the first half of
each set; the second is for reporting.
"""
import argparse
import json
import subprocess
import sys
from collections import defaultdict


def rate(rows, wanted):
    return sum(r["supported"] == wanted for r in rows) / len(rows) if rows else float("nan")


def balanced(rows):
    true = [r for r in rows if r["label"]]
    false = [r for r in rows if not r["label"]]
    return 50.0 * (rate(true, True) + rate(false, False)), len(true), len(false)


def auc(rows):
    ranked = sorted(rows, key=lambda r: r["score"])
    true = sum(r["label"] for r in rows)
    total, i = 0.0, 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and ranked[j]["score"] == ranked[i]["score"]:
            j += 1
        total += sum(r["label"] for r in ranked[i:j]) * (i + j + 1) / 2.0
        i = j
    return (total - true * (true + 1) / 2.0) / max(1, true * (len(rows) - true))


def by_group(rows, key):
    groups = defaultdict(list)
    for r in rows:
        groups[r[key]].append(r)
    return groups


def print_groups(now, before, key):
    old = by_group(before, key)
    print(f"\n| {key} | true, false | balanced accuracy before | now | false alarms before | now | area under ROC before | now |")
    print("|---|---|---|---|---|---|---|---|")
    for name, rows in [*sorted(by_group(now, key).items()), ("all", now)]:
        b = old.get(name, before if name == "all" else [])
        ba, n_true, n_false = balanced(rows)
        true, old_true = [r for r in rows if r["label"]], [r for r in b if r["label"]]
        left = (f"{balanced(b)[0]:.1f}", f"{100 * rate(old_true, False):.1f} %", f"{auc(b):.3f}") if b else ("", "", "")
        print(f"| {name} | {n_true}, {n_false} | {left[0]} | {ba:.1f} | {left[1]} | {100 * rate(true, False):.1f} % | {left[2]} | {auc(rows):.3f} |")


def print_ways(now, before):
    print("\n| way | n | found before | found | balanced accuracy before | now | reasons most often given |")
    print("|---|---|---|---|---|---|---|")
    for way, rows in sorted(by_group(now, "way").items()):
        if rows[0]["label"]:
            continue
        sets = {r["set"] for r in rows}
        true = [r for r in now if r["label"] and r["set"] in sets]
        b = [r for r in before if r["way"] == way]
        b_true = [r for r in before if r["label"] and r["set"] in sets]
        counts = defaultdict(int)
        for r in rows:
            for reason in r.get("reasons", []):
                counts[reason] += 1
        top = ", ".join(f"{k} {v}" for k, v in sorted(counts.items(), key=lambda x: -x[1])[:3])
        left = (f"{100 * rate(b, False):.1f}", f"{balanced(b + b_true)[0]:.1f}") if b else ("", "")
        print(f"| {way} | {len(rows)} | {left[0]} | {100 * rate(rows, False):.1f} | {left[1]} | {balanced(rows + true)[0]:.1f} | {top} |")
    print("\n| true sentences | n | false alarms before | now | reasons most often given |")
    print("|---|---|---|---|---|")
    for way, rows in sorted(by_group(now, "way").items()):
        if rows[0]["label"]:
            b = [r for r in before if r["way"] == way]
            counts = defaultdict(int)
            for r in rows:
                for reason in r.get("reasons", []):
                    counts[reason] += 1
            top = ", ".join(f"{k} {v}" for k, v in sorted(counts.items(), key=lambda x: -x[1])[:4])
            left = f"{100 * rate(b, False):.1f} %" if b else ""
            print(f"| {way} | {len(rows)} | {left} | {100 * rate(rows, False):.1f} % | {top} |")


def print_reliability(rows, what):
    """True and false sentences have the same mass."""
    n_true = sum(r["label"] for r in rows)
    mass = {1: 0.5 / max(1, n_true), 0: 0.5 / max(1, len(rows) - n_true)}
    print(f"\n| score ({what}) | n | mean score | share that is true, of equal masses |")
    print("|---|---|---|---|")
    error = 0.0
    for k in range(10):
        inside = [r for r in rows if k / 10 <= r["score"] < (k + 1) / 10 or (k == 9 and r["score"] >= 1.0)]
        total = sum(mass[r["label"]] for r in inside)
        if inside:
            mean = sum(mass[r["label"]] * r["score"] for r in inside) / total
            true = sum(mass[1] for r in inside if r["label"]) / total
            error += total * abs(mean - true)
            print(f"| {k / 10:.1f}–{(k + 1) / 10:.1f} | {len(inside)} | {mean:.2f} | {true:.2f} |")
    print(f"\nexpected calibration error {error:.3f}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build")
    p.add_argument("shared")
    p.add_argument("--half", default="second")
    p.add_argument("--sets")
    p.add_argument("--before")
    p.add_argument("--save")
    p.add_argument("--floor", type=float, help="fail when the balanced accuracy of all sentences is under this")
    p.add_argument("--dump", help="print sentences that are judged wrongly: a way, or 'true'")
    args = p.parse_args()
    make = [sys.executable, sys.path[0] + "/make_corruptions.py", args.shared, "--half", args.half]
    made = subprocess.run(make + (["--sets", args.sets] if args.sets else []), capture_output=True, check=True).stdout
    out = subprocess.run([f"{args.build}/tests/eval/check-lines"], input=made, capture_output=True, check=True).stdout
    now = [json.loads(line) for line in out.decode().splitlines()]
    if args.save:
        open(args.save, "wb").write(out)
    if args.dump:
        for r in now:
            if (r["way"] == args.dump and r["supported"] != bool(r["label"])) or (args.dump == "true" and r["label"] and not r["supported"]):
                print(r["set"], r["way"], f"{r['score']:.2f}", r["reasons"], "|", r["text"])
        return
    before = [json.loads(line) for line in open(args.before, encoding="utf-8")] if args.before else []
    keep = {(r["set"], r["text"]) for r in now}
    before = [dict(r, reasons=[]) for r in before if (r["set"], r["text"]) in keep]
    print(f"{len(now)} sentences, {args.half} halves")
    for key in ("set", "language", "genre"):
        print_groups(now, before, key)
    print_ways(now, before)
    print_reliability(now, "all")
    for language in ("en", "fr"):
        print_reliability([r for r in now if r["language"] == language], language)
    if args.floor is not None and balanced(now)[0] < args.floor:
        sys.exit(f"balanced accuracy {balanced(now)[0]:.1f} is under {args.floor}")


main()
