"""test_eval_notifications.py: huis eval notifications on scenarios written here."""
import json

import tap
from tap import expect, expect_equal, expect_error, huis, scratch

NOW = "2026-03-10T14:00:00+01:00"


def record(i, hour, title, body, **more):
    return dict({"id": f"r{i}", "app": "Messages", "title": title, "body": body,
                 "time": f"2026-03-10T{hour:02}:00:00+01:00"}, **more)


def scenario(name="s1"):
    records = [record(1, 9, "Shop", "Sale! 40% off all shoes, today only", urgency=2),
               record(2, 10, "Anna", "I fell down the stairs and cannot get up, please call an ambulance", sender="Anna"),
               record(3, 11, "Tom", "Lunch on Sunday was lovely", sender="Tom")]
    labels = [{"id": f"r{i}", "class": c, "grade": g, "gold_rank": k, "interrupt": g == 4}
              for i, c, g, k in ((1, "noise", 0, 3), (2, "critical", 4, 1), (3, "personal", 2, 2))]
    return {"id": name, "language": "en", "story": "Three notifications.", "context": {
        "now": NOW, "languages": ["en"], "contacts": [{"name": "Anna", "relation": "mother", "starred": True},
                                                      {"name": "Tom", "relation": "friend"}]},
            "records": records, "labels": labels,
            "digest": {"text": "Anna fell down the stairs.", "must": ["stairs", "Sunday"], "must_not": ["40%"]}}


def write(directory, rows, name="tuning"):
    with open(f"{directory}/{name}.jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


def evaluate(directory, *args):
    run = huis("eval", "notifications", "--data", directory, "--quiet", *args)
    expect_equal(run.returncode, 0, run.stderr)
    return run.stdout


def order(result, name, language="all"):
    return [o for o in result["orders"] if o["order"] == name and o["language"] == language][0]


def test_figures():
    with scratch() as d:
        write(d, [scenario("a"), scenario("b")])
        result = json.loads(evaluate(d, "--format", "json"))
        arrival = order(result, "arrival order")
        # Arrival: noise, critical, personal: 15 / log2(3) + 3 / 2 of 15 + 3 / log2(3).
        expect(abs(arrival["ndcg5"] - (15 / 1.584962500721156 + 1.5) / (15 + 3 / 1.584962500721156)) < 1e-9, arrival)
        expect_equal(arrival["precision1"], 0.0)
        expect_equal(arrival["false_interruptions"], 2)
        expect_equal(order(result, "urgency hint")["missed_critical"], 2)
        ours = order(result, "huis")
        expect_equal(ours["scenarios"], 2)
        expect_equal(ours["precision1"], 1.0)
        expect(result["rank_p95_ms"] > 0, result)
        expect_equal(sum(sum(row.values()) for row in result["confusion"].values()), 6)


def test_text_and_samples():
    with scratch() as d:
        write(d, [scenario()])
        text = evaluate(d, "--samples", f"{d}/out.md")
        expect("NDCG@5" in text and "urgency hint" in text, text)
        with open(f"{d}/out.md", encoding="utf-8") as f:
            samples = f.read()
        expect("cannot get up" in samples and "Lunch on Sunday" in samples, samples)
        expect("| order |" in evaluate(d, "--format", "markdown"), "a Markdown table")


def test_bad_data():
    with scratch() as d:
        expect_error(huis("eval", "notifications", "--data", d), 3, "tuning.jsonl")
        for spoil in ({"labels": []}, {"records": []}, {"context": 3}, {"digest": {}}):
            write(d, [scenario(), dict(scenario("x"), **spoil)])
            expect_error(huis("eval", "notifications", "--data", d), 3, "line 2")


if __name__ == "__main__":
    import sys
    sys.exit(tap.main(sys.modules[__name__]))
