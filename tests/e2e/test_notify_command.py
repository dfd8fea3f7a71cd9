"""test_notify_command.py: huis notify rank and its neighbours, as a user calls them."""
import json
import os
import sys

import tap
from tap import expect, expect_equal, expect_error, huis, scratch

NOW = "2026-03-03T10:00:00+01:00"
RECORDS = [
    {"id": "shop", "app": "Boutique", "title": "Dernière chance : -70 % sur tout le site !",
     "time": "2026-03-03T09:50:00+01:00", "urgency": 2},
    {"id": "child", "app": "Messages", "sender": "École Pasteur",
     "body": "Votre fille a de la fièvre, merci de venir la chercher tout de suite.",
     "time": "2026-03-03T09:55:00+01:00", "urgency": 1},
    {"id": "code", "app": "Banque", "body": "Votre code de validation est 402913. Ne le donnez à personne.",
     "time": "2026-03-03T09:58:00+01:00"},
    {"id": "fraud", "app": "Messages", "sender": "+33 7 00 00 00 00",
     "body": "Votre colis est bloque, payez 1,99 euro avant ce soir : https://suivi-colis.example.top/payer",
     "time": "2026-03-03T09:59:00+01:00"},
]
CONTEXT = {"now": NOW, "languages": ["fr"], "contacts": [{"name": "École Pasteur", "relation": "école"}]}


def lines(records):
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)


def files(d):
    with open(f"{d}/r.jsonl", "w", encoding="utf-8") as f:
        f.write(lines(RECORDS))
    with open(f"{d}/c.json", "w", encoding="utf-8") as f:
        json.dump(CONTEXT, f)
    return f"{d}/r.jsonl", f"{d}/c.json"


def home(d):
    return {"HOME": d, "XDG_DATA_HOME": f"{d}/data", "XDG_CONFIG_HOME": f"{d}/config"}


def ranked(run):
    expect_equal(run.returncode, 0, run.stderr)
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_rank_gives_each_record_once_best_first():
    with scratch() as d:
        records, context = files(d)
        found = ranked(huis("notify", "rank", records, "--context", context, env=home(d)))
        expect_equal(sorted(r["id"] for r in found), sorted(r["id"] for r in RECORDS))
        expect_equal([r["rank"] for r in found], [1, 2, 3, 4])
        expect_equal(found[0]["class"], "critical", found)
        expect_equal(found[-1]["id"], "fraud", found)
        expect_equal(found[-1]["class"], "hostile", found)
        for r in found:
            expect_equal(set(r), {"id", "rank", "class", "score", "interrupt", "reasons", "deadline"})
            expect(1 <= len(r["reasons"]) <= 3, r)
            expect(0 <= r["score"] <= 1, r)
        expect(all(a["score"] >= b["score"] for a, b in zip(found, found[1:])), found)
        again = huis("notify", "rank", "-", "--context", context, stdin=lines(RECORDS), env=home(d))
        expect_equal(ranked(again), found, "from standard input")


def test_a_given_context_leaves_no_trace():
    with scratch() as d:
        records, context = files(d)
        os.mkdir(f"{d}/data")
        ranked(huis("notify", "rank", records, "--context", context, env=home(d)))
        expect_equal(sorted(os.listdir(d)), ["c.json", "data", "r.jsonl"])
        expect_equal(os.listdir(f"{d}/data"), [])


def test_bad_lines_are_told_and_passed_over():
    bad = ["nonsense", '{"id":"x"}', '{"id":"y","app":"A","title":"t","time":"2026-02-30T10:00:00Z"}',
           '{"id":"code","app":"A","title":"again","time":"2026-03-03T10:00:00Z"}']
    with scratch() as d:
        _, context = files(d)
        run = huis("notify", "rank", "--context", context, stdin=lines(RECORDS) + "\n".join(bad), env=home(d))
        expect_equal(len(ranked(run)), 4)
        expect("line 5: skipped: no JSON object" in run.stderr, run.stderr)
        expect("4 lines skipped in all" in run.stderr, run.stderr)
        quiet = huis("notify", "rank", "--quiet", "--context", context, stdin=lines(RECORDS) + "x", env=home(d))
        expect_equal((len(ranked(quiet)), quiet.stderr), (4, ""))
        expect_error(huis("notify", "rank", "--context", context, stdin="x\n", env=home(d)), 3, "line 1",
                     "no JSON object")
        long = json.dumps({"id": "l", "app": "A", "body": "é" * 1_000_000, "time": NOW})
        broken = b'{"id":"u","app":"A","title":"caf\xff\xc3","time":"2026-03-03T10:00:00Z"}\n'
        run = huis("notify", "rank", "--context", context, stdin=broken + long.encode(), env=home(d))
        expect_equal(sorted(r["id"] for r in ranked(run)), ["l", "u"])


def test_bad_contexts_and_files_are_named():
    with scratch() as d:
        records, context = files(d)
        for text, word in (("[]", "JSON object"), ('{"focus":"gaming"}', "focus"), ('{"now":1}', "now"), ("{", "JSON")):
            with open(context, "w", encoding="utf-8") as f:
                f.write(text)
            expect_error(huis("notify", "rank", records, "--context", context, env=home(d)), 3, "c.json", word)
        expect_error(huis("notify", "rank", records, "--context", f"{d}/none", env=home(d)), 3, "none")
        expect_error(huis("notify", "rank", f"{d}/none.jsonl", "--context", f"{d}/c.json", env=home(d)), 3)
        expect_error(huis("notify", "rank", "a", "b"), 2)


def test_text_for_people_holds_no_control_characters():
    evil = dict(RECORDS[1], id="e\x1b[2J", body="\x1b]0;x\x07 rouge\u202e \x1b[31m", app="A\x9bB")
    with scratch() as d:
        _, context = files(d)
        run = huis("notify", "rank", "--format", "text", "--context", context, stdin=lines([evil]), env=home(d))
        expect_equal(run.returncode, 0, run.stderr)
        for mark in ("\x1b", "\x07", "\u202e", "\x9b"):
            expect(mark not in run.stdout, repr(run.stdout))


def test_many_records_at_once():
    records = [dict(RECORDS[i % 4], id=f"r{i}", title=f"Message {i}") for i in range(100000)]
    with scratch() as d:
        _, context = files(d)
        found = ranked(huis("notify", "rank", "--context", context, stdin=lines(records), env=home(d)))
        expect_equal(len({r["id"] for r in found}), 100000)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
