#!/usr/bin/env python3
"""measure.py BUILD FILE [--show]: ranks the scenarios of FILE with BUILD/tests/eval/notify-lines and prints NDCG@5,
precision at 1, missed criticals, false interruptions, hostile promoted, and the share of right classes; --show
prints each item whose class is wrong. The official figures are those of `huis eval notifications`."""
import collections
import json
import math
import subprocess
import sys

GAIN = {"critical": 4, "today": 3, "personal": 2, "later": 1, "noise": 0, "hostile": 0}


def scenarios(path):
    return {s["id"]: s for s in map(json.loads, open(path, encoding="utf-8"))}


def rankings(build, path):
    text = subprocess.run([f"{build}/tests/eval/notify-lines", path], capture_output=True, text=True, check=True).stdout
    out = collections.defaultdict(list)
    for line in text.splitlines():
        scene, record, rank, cls, interrupt, score, deadline, reasons = line.split("\t")
        out[scene].append({"id": record, "class": cls, "interrupt": interrupt == "1", "deadline": deadline,
                           "reasons": reasons})
    return out


def ndcg(grades, k=5):
    def dcg(values):
        return sum((2 ** g - 1) / math.log2(i + 2) for i, g in enumerate(values[:k]))
    best = dcg(sorted(grades, reverse=True))
    return dcg(grades) / best if best > 0 else 1.0


def measure(scene, ranking):
    labels = {x["id"]: x for x in scene["labels"]}
    grades = [labels[r["id"]]["grade"] for r in ranking]
    first = min(labels.values(), key=lambda x: x["gold_rank"])
    top = labels[ranking[0]["id"]]
    n_critical = sum(x["class"] == "critical" for x in labels.values())
    missed = [r["id"] for i, r in enumerate(ranking) if labels[r["id"]]["class"] == "critical" and
              (i >= max(3, n_critical) or r["class"] in ("noise", "hostile") or
               (labels[r["id"]]["interrupt"] and not r["interrupt"]))]
    quiet = [r for r in ranking if labels[r["id"]]["class"] in ("noise", "hostile")]
    hostile = [r["id"] for i, r in enumerate(ranking) if labels[r["id"]]["class"] == "hostile" and
               (r["interrupt"] or any(labels[q["id"]]["class"] != "hostile" for q in ranking[i + 1:]))]
    return {"ndcg": ndcg(grades), "p1": top["gold_rank"] == 1 or top["class"] == first["class"], "missed": missed,
            "false": [r["id"] for r in quiet if r["interrupt"]], "quiet": len(quiet), "hostile": hostile,
            "right": sum(labels[r["id"]]["class"] == r["class"] for r in ranking), "n": len(ranking)}


def main():
    build, path = sys.argv[1:3]
    scenes, ranks = scenarios(path), rankings(build, path)
    rows = {k: measure(s, ranks[k]) for k, s in scenes.items()}
    n = len(rows)
    print(f"NDCG@5 {sum(r['ndcg'] for r in rows.values()) / n:.3f}  P@1 {sum(r['p1'] for r in rows.values()) / n:.3f}"
          f"  missed {sum((r['missed'] for r in rows.values()), [])}"
          f"  false interruptions {sum(len(r['false']) for r in rows.values())}/{sum(r['quiet'] for r in rows.values())}"
          f"  hostile promoted {sum((r['hostile'] for r in rows.values()), [])}"
          f"  classes {sum(r['right'] for r in rows.values())}/{sum(r['n'] for r in rows.values())}")
    if "--show" not in sys.argv:
        return
    for k, scene in scenes.items():
        labels = {x["id"]: x for x in scene["labels"]}
        records = {x["id"]: x for x in scene["records"]}
        print(f"\n== {k} {rows[k]['ndcg']:.3f} {scene['story']} | focus {scene['context'].get('focus')}")
        for i, r in enumerate(ranks[k]):
            gold, rec = labels[r["id"]], records[r["id"]]
            if gold["class"] != r["class"] or r["interrupt"] != gold["interrupt"] or "--all" in sys.argv:
                print(f"  {i + 1:2} {r['class']:9} gold {gold['gold_rank']:2} {gold['class']:9} int {int(r['interrupt'])}/"
                      f"{int(gold['interrupt'])} {rec['app']} | {rec.get('sender', '')} | {rec.get('title', '')} | "
                      f"{rec.get('body', '')[:150]!r} [{r['reasons']}] {gold['reason']} {r['deadline']}")


if __name__ == "__main__":
    main()
