"""test_notify_digest.py: huis notify digest on given records."""
import json
import re
import sys

import tap
from tap import expect, expect_equal, expect_error, huis, scratch

CONTEXT = {"now": "2026-03-10T14:22:00+01:00", "languages": ["en"],
           "contacts": [{"name": "Nora", "relation": "sister", "starred": True}]}
RECORDS = [
    {"id": "a", "app": "WhatsApp", "sender": "Nora", "conversation": "Nora", "title": "Nora",
     "body": "can you pick mum up at <b>the station</b>? her train is in at 15:10", "time": "2026-03-10T14:10:00+01:00"},
    {"id": "b", "app": "Bank", "title": "Bank", "body": "Your code to sign in is 482913. Never share it.",
     "time": "2026-03-10T14:20:00+01:00"},
    {"id": "c", "app": "Messages", "title": "+44 7700 900 318", "trust": "unknown",
     "body": "Your parcel is held, pay 1.99 now: https://canary-parcel.example/pay or lose it today",
     "time": "2026-03-10T14:21:00+01:00"},
    {"id": "d", "app": "Shop", "title": "SALE", "body": "50% off everything, today only!", "time": "2026-03-10T12:21:00+01:00"},
]


def lines(rows):
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


def digest(rows, *args):
    with scratch() as d:
        with open(f"{d}/c.json", "w", encoding="utf-8") as f:
            json.dump(CONTEXT, f)
        run = huis("notify", "digest", "--context", f"{d}/c.json", *args, stdin=lines(rows))
        expect_equal(run.returncode, 0, run.stderr)
        return run.stdout


def words(text):
    return sum(1 for w in text.split() if re.search(r"\w", w))


def test_contract():
    result = json.loads(digest(RECORDS))
    expect("15:10" in result["text"] and "Nora" in result["text"], result)
    for hidden in ("482913", "canary", "1.99", "50%", "900 318"):
        expect(hidden not in result["text"], result)
    expect_equal(sorted(result["held_back"]), ["b", "c", "d"])
    expect(all(item["ids"] == ["a"] for item in result["items"]), result)
    expect_equal(result["text"], "\n".join(item["text"] for item in result["items"]))
    by_id = {r["id"]: r for r in RECORDS}
    for item in result["items"]:
        expect(item["sources"], item)
        for source in item["sources"]:
            field = by_id[source["id"]][source["field"]].encode()
            expect(0 <= source["start"] < source["end"] <= len(field), source)
        cited = by_id["a"]["body"].encode()[item["sources"][0]["start"]:item["sources"][0]["end"]].decode()
        told = item["text"].removeprefix("Nora: ").removeprefix("… ").rstrip("…")
        expect(told in re.sub(r"<[^>]*>", "", cited), (told, cited))


def test_limits():
    for n, limit in ((1, 60), (10, 60), (35, 130), (60, 200), (150, 200)):
        rows = [dict(RECORDS[0], id=f"r{i}", sender=f"Friend{i}", conversation=f"Friend{i}", title=f"Friend{i}",
                     body=f"please bring {i} chairs and the long table tomorrow at {i % 12}:30, the hall is closed")
                for i in range(n)]
        result = json.loads(digest(rows))
        expect(words(result["text"]) <= limit, (n, words(result["text"])))
        expect(all(words(i["text"]) <= 10 for i in result["items"]), result["items"])
        shown = {i for item in result["items"] for i in item["ids"]}
        expect_equal(len(shown) + len(result["held_back"]), n)
        expect(shown.isdisjoint(result["held_back"]), result)


def test_text_words_and_errors():
    text = digest(RECORDS, "--format", "text")
    expect("Nora: " in text and "{" not in text, text)
    few = json.loads(digest(RECORDS, "--words", "8"))
    expect(0 < words(few["text"]) <= 8, few)
    expect_error(huis("notify", "digest", "--context", "/nonexistent.json", stdin=lines(RECORDS)), 3, "nonexistent")
    run = huis("notify", "digest", stdin="")
    expect_equal(run.returncode, 0, run.stderr)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
