"""test_notify_command.py: huis notify rank and its neighbours, as a user calls them."""
import json
import os
import sqlite3
import subprocess
import sys
import time

import tap
from tap import HUIS, expect, expect_equal, expect_error, huis, scratch

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


def quiet(*args, env, stdin=None):
    """A command whose standard input is no pipe."""
    return subprocess.run([HUIS, "notify", *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **env}, timeout=120)


def fill(d, env, rows):
    """What the watcher would have kept: rows (id, app, sender, body, is_code)."""
    expect_equal(quiet("status", env=env).returncode, 0)
    db = sqlite3.connect(f"{d}/data/huis/notifications.db")
    now = int(time.time())
    for i, (ident, app, sender, body, code) in enumerate(rows):
        db.execute("INSERT INTO records(id, seen_s, time_s, time_zone, app, sender, body, urgency, trust, is_code, bytes)"
                   " VALUES(?, ?, ?, 60, ?, ?, ?, -1, 0, ?, 10)", (ident, now, now - 60 * i, app, sender, body, code))
    db.commit()
    db.close()


ROWS = [("d0", "Signal", "Zoé", "On mange ensemble ce soir ?", 0), ("d1", "Boutique", None, "Soldes : -70 %", 0),
        ("d2", "Banque", None, "Votre code est 402913", 1)]


def test_the_store_is_ranked_explained_exported_and_purged():
    with scratch() as d:
        env = home(d)
        fill(d, env, ROWS)
        run = quiet("rank", env=env)
        expect_equal(sorted(r["id"] for r in ranked(run)), ["d0", "d1", "d2"])
        told = json.loads(quiet("digest", env=env).stdout)
        expect("Zoé" in told["text"] and "402913" not in told["text"], told)
        expect_equal(quiet("disable", "digest", "--app", "Signal", env=env).returncode, 0)
        expect("Zoé" not in json.loads(quiet("digest", env=env).stdout)["text"], "of an app that is switched off")
        explained = ranked(quiet("explain", "d1", env=env))
        expect_equal((explained[0]["id"], explained[0]["class"]), ("d1", "noise"))
        expect_error(quiet("explain", "nope", env=env), 3, "nope")
        exported = [json.loads(line) for line in quiet("export", env=env).stdout.splitlines()]
        expect_equal(sorted(r["id"] for r in exported), ["d0", "d1"], "codes are not exported")
        again = huis("notify", "rank", "-", "--quiet", stdin=quiet("export", env=env).stdout, env=env)
        expect_equal(sorted(r["id"] for r in ranked(again)), ["d0", "d1"], "an export is not read back")
        expect_error(quiet("purge", env=env), 2, "--all")
        expect_error(quiet("purge", "--before", "yesterday", env=env), 2, "yesterday")
        expect_error(quiet("purge", "--all", env=env), 5, "--yes")
        expect_equal(quiet("purge", "--app", "Boutique", env=env).returncode, 0)
        expect_equal(sorted(r["id"] for r in ranked(quiet("rank", env=env))), ["d0", "d2"])
        expect_equal(quiet("purge", "--all", "--yes", env=env).returncode, 0)
        expect_equal(quiet("rank", env=env).stdout, "")
        with open(f"{d}/data/huis/notifications.db", "rb") as f:
            expect("On mange ensemble".encode() not in f.read(), "what was purged is still in the file")


def test_feedback_teaches_in_words_and_is_taken_back():
    with scratch() as d:
        env = home(d)
        fill(d, env, [(f"s{i}", "Boutique", None, f"Nouveautés de la semaine {i}", 0) for i in range(6)])
        expect_error(quiet("feedback", "s0", "sideways", env=env), 2, "sideways")
        expect_error(quiet("feedback", "nope", "up", env=env), 3, "nope")
        for i in range(6):
            run = quiet("feedback", f"s{i}", "up", env=env)
            expect_equal(run.returncode, 0, run.stderr)
            expect_equal(json.loads(run.stdout)["learns"], True)
        rules = [json.loads(line) for line in quiet("rules", "export", env=env).stdout.splitlines()]
        expect(rules, "nothing was learnt of six verdicts")
        key = rules[0]["key"]
        expect("Boutique" in rules[0]["text"], rules)
        expect_equal(quiet("rules", "accept", key, env=env).returncode, 0)
        rules = [json.loads(line) for line in quiet("rules", env=env).stdout.splitlines()]
        expect(any(r["key"] == key and r["accepted"] for r in rules), rules)
        expect_equal(quiet("rules", "undo", key, env=env).returncode, 0)
        rules = [json.loads(line) for line in quiet("rules", env=env).stdout.splitlines()]
        expect(all(r["key"] != key for r in rules), rules)
        expect_error(quiet("rules", "accept", "nope", env=env), 3, "nope")
        expect_error(quiet("rules", "eat", env=env), 2)
        expect_equal(quiet("rules", "reset", env=env).returncode, 0)
        expect_equal(quiet("rules", env=env).stdout, "")
        expect_equal(quiet("disable", "learn", env=env).returncode, 0)
        run = quiet("feedback", "s0", "down", env=env)
        expect_equal(json.loads(run.stdout)["learns"], False)
        expect_equal(quiet("rules", env=env).stdout, "")


def test_contacts_and_calendar_are_imported():
    day = time.strftime("%Y%m%d", time.gmtime(time.time() + 86400))
    with scratch() as d:
        env = home(d)
        os.makedirs(f"{d}/books/deep")
        with open(f"{d}/books/a.vcf", "w", encoding="utf-8") as f:
            f.write("BEGIN:VCARD\nFN:Zoé\nCATEGORIES:Famille\nEND:VCARD\n")
        with open(f"{d}/books/deep/b.ics", "w", encoding="utf-8") as f:
            f.write(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Dentiste\nDTSTART;TZID=Europe/Paris:{day}T103000\n"
                    "END:VEVENT\nEND:VCALENDAR\n")
        for _ in range(2):
            expect_equal(quiet("context", "import", f"{d}/books", env=env).returncode, 0)
            state = json.loads(quiet("status", env=env).stdout)
            expect_equal((state["contacts"], state["calendar"]), (1, 1))
        fill(d, env, ROWS[:1])
        reasons = ranked(quiet("rank", env=env))[0]["reasons"]
        expect(not any("not in your contacts" in r for r in reasons), reasons)
        expect_error(quiet("context", "import", f"{d}/none", env=env), 3, "none")
        with open(f"{d}/x.vcf", "wb") as f:
            f.write(bytes(range(256)) * 100)
        expect_error(quiet("context", "import", f"{d}/x.vcf", env=env), 3, "x.vcf")
        expect_error(quiet("context", "eat", "x", env=env), 2)


def test_switches_and_settings():
    with scratch() as d:
        env = home(d)
        state = json.loads(quiet("status", env=env).stdout)
        expect_equal((state["features"]["watch"], state["features"]["digest"]), (False, False), "on without being asked")
        for args in (("enable", "watch"), ("disable", "watch", "--app", "Boutique"), ("set", "focus", "work")):
            expect_equal(quiet(*args, env=env).returncode, 0, args)
        state = json.loads(quiet("status", env=env).stdout)
        expect_equal((state["features"]["watch"], state["focus"]), (True, "work"))
        expect_equal(state["apps"], [{"feature": "watch", "app": "Boutique", "on": False}])
        for args in (("enable", "flying"), ("set", "focus", "gaming"), ("set", "retention_days", "0"), ("set", "x", "y")):
            expect_error(quiet(*args, env=env), 2)


def test_the_persons_own_rules_come_first():
    with scratch() as d:
        env = home(d)
        fill(d, env, ROWS[:2])
        os.makedirs(f"{d}/config/huis")
        with open(f"{d}/config/huis/notify.json", "w", encoding="utf-8") as f:
            json.dump({"never": ["Signal"]}, f)
        found = {r["id"]: r for r in ranked(quiet("rank", env=env))}
        expect_equal((found["d0"]["class"], found["d0"]["interrupt"]), ("noise", False), found)
        with open(f"{d}/config/huis/notify.json", "w", encoding="utf-8") as f:
            json.dump({"quiet": {"start": "late"}}, f)
        expect_error(quiet("rank", env=env), 3, "notify.json", "start")


def test_a_damaged_store_is_told_and_saved():
    with scratch() as d:
        env = home(d)
        fill(d, env, ROWS)
        path = f"{d}/data/huis/notifications.db"
        with open(path, "r+b") as f:
            f.truncate(os.path.getsize(path) - 5000)
        run = quiet("rank", env=env)
        expect_equal(run.returncode, 0, run.stderr)
        expect("damaged" in run.stderr and "moved to notifications.db.damaged-" in run.stderr, run.stderr)
        expect_equal(quiet("status", env=env).stderr, "", "told twice")
        with open(path, "wb") as f:
            f.write(b"no database" * 1000)
        expect_equal(quiet("status", env=env).returncode, 0)


def test_a_full_disk_is_told():
    """A file system of 200 kB in a user namespace, where there are such."""
    with scratch() as d:
        os.mkdir(f"{d}/data")
        script = (f"mount -t tmpfs -o size=200k tmpfs {d}/data && "
                  f"{HUIS} notify status >/dev/null; dd if=/dev/zero of={d}/data/fill bs=1k count=300 2>/dev/null; "
                  f"{HUIS} notify set owner {'x' * 3000}; echo code $?; rm {d}/data/fill; {HUIS} notify status; echo code $?")
        run = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8", **home(d)}, timeout=60)
        if "unshare" in run.stderr or "mount" in run.stderr:
            raise tap.Skip("no user namespaces: " + run.stderr.strip())
        expect("no space left" in run.stderr, run.stderr + run.stdout)
        expect("code 1" in run.stdout, run.stdout)
        expect('"notifications": 0' in run.stdout and "code 0" in run.stdout, run.stdout + run.stderr)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
