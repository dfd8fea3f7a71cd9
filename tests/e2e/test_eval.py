"""test_eval.py: huis eval summaries on small sets written here."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import tap
from tap import Skip, expect, expect_equal, expect_error, huis, scratch, test_model

PLACES = ["Lyon", "Mende", "Brest", "Arles", "Dole", "Vire"]


def mail(i):
    place = PLACES[i % len(PLACES)]
    return {"id": f"mail-{i}", "subject_refs": [f"Bridge of {place}", f"Closed bridge {place}", "Bridge", "Works"],
            "text": f"Hello Anna,\n\nThe bridge of {place} closes on {i + 1} March for repairs. Please tell the "
                    f"drivers before Friday. The works cost {i + 2},500 euros and last three weeks. The "
                    "council will send a map to every school of the town.\n\nBest regards,\nTom"}


def article(i):
    place = PLACES[i % len(PLACES)]
    return {"id": f"news-{i}", "title": f"Un pont ferme à {place}", "ref": f"Le pont de {place} ferme {i + 2} jours.",
            "text": f"Le pont de {place} ferme pendant {i + 2} jours. La mairie a voté {i + 3} millions d'euros pour "
                    "les travaux. Les écoles recevront un plan. Les chauffeurs de bus sont prévenus. La "
                    "réouverture est prévue en mars, selon le conseil municipal."}


def meeting(i):
    turns = [{"speaker": f"Speaker {k % 3}", "text": f"We discuss point {k} of the budget for the bridge."}
             for k in range(30)]
    return {"id": f"meeting-{i}", "turns": turns,
            "queries": [{"query": "Summarize the whole meeting.", "answer": "The budget was discussed.", "spans": []},
                        {"query": "What about point 7?", "answer": "Point 7 of the budget.", "spans": [[7, 7]]}]}


def write(directory, name, rows):
    with open(f"{directory}/{name}.jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


def evaluate(directory, *args, code=0):
    run = huis("eval", "summaries", "--data", directory, "--format", "json", "--quiet", *args)
    expect_equal(run.returncode, code, run.stderr)
    return json.loads(run.stdout)


def system(one, name):
    found = [s for s in one["systems"] if s["system"] == name]
    expect_equal(len(found), 1, f"{name} in {one['systems']}")
    return found[0]


def rouge1(text, reference):
    a, b = (Counter(re.findall(r"\w+", t.lower())) for t in (text, reference))
    return 200.0 * sum((a & b).values()) / (sum(a.values()) + sum(b.values()))


def test_lead_has_the_rouge_that_python_finds():
    with scratch() as d:
        rows = [mail(i) for i in range(20)]
        write(d, "mail_dev", rows)
        for half, part in (("first", rows[:10]), ("second", rows[10:]), ("all", rows)):
            one = evaluate(d, "--set", "mail", "--mode", "extract", "--half", half)["sets"][0]
            lead = system(one, "lead, cut")
            expect_equal((one["items"], one["kind"], one["max_words"]), (len(part), "headline", 10))
            wanted = sum(rouge1(" ".join(r["text"].split()[:10]), ref) / 4 for r in part
                         for ref in r["subject_refs"]) / len(part)
            expect(abs(lead["rouge1"] - wanted) < 1e-6, f"{half}: {lead['rouge1']}, not {wanted}")
            ours = system(one, "huis, extract")
            expect_equal((ours["over_limit"], ours["unsupported_names"], ours["unsupported_numbers"],
                          ours["absent_names"], ours["absent_numbers"]), (0, 0, 0, 0, 0))
            for diff in one["differences"]:
                r = diff["rouge1"]
                expect(r["low"] <= r["mean"] <= r["high"], r)


def test_a_title_is_compared_with_titles():
    with scratch() as d:
        write(d, "news_fr_valid", [article(i) for i in range(8)])
        one = evaluate(d, "--set", "news", "--mode", "extract", "--kind", "headline", "--half", "all")["sets"][0]
        expect_equal((one["kind"], one["max_words"], one["language"]), ("headline", 12, "fr"))
        one = evaluate(d, "--set", "news", "--mode", "extract", "--words", "20", "--limit", "3")["sets"][0]
        expect_equal((one["items"], one["max_words"]), (3, 20))
        expect(system(one, "huis, extract")["words"] <= 20, one)


def test_meetings_have_an_item_for_each_question():
    with scratch() as d:
        write(d, "meetings_val", [meeting(i) for i in range(4)])
        sets = evaluate(d, "--set", "meetings", "--mode", "extract", "--half", "all")["sets"]
        expect_equal([(s["set"], s["items"]) for s in sets], [("meetings, questions", 8), ("meetings, whole", 4)])


def test_own_texts():
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "eval", "summaries")
    sets = evaluate(here, "--set", "own", "--mode", "auto", "--half", "all")["sets"]
    expect_equal([(s["set"], s["language"], s["items"] > 20) for s in sets], [("own", "en", True), ("own", "fr", True)])
    for one in sets:
        shown, lead = system(one, "huis, auto"), system(one, "lead, sentences")
        expect(shown["over_limit"] == 0 and shown["rouge1"] > lead["rouge1"] + 5, (shown, lead))


def test_samples_and_tables():
    with scratch() as d:
        write(d, "mail_dev", [mail(i) for i in range(40)])
        run = huis("eval", "summaries", "--data", d, "--set", "mail", "--mode", "extract", "--format", "markdown",
                   "--samples", f"{d}/samples.md")
        expect_equal(run.returncode, 0, run.stderr)
        expect("| lead, cut |" in run.stdout and d not in run.stdout, run.stdout)
        samples = open(f"{d}/samples.md", encoding="utf-8").read()
        expect_equal(len(re.findall(r"^### mail mail-\d+$", samples, re.M)), 10)
        expect("supported" in samples and "| lead, sentences |" in samples, samples[:500])
        run = huis("eval", "summaries", "--data", d, "--set", "mail", "--mode", "extract")
        expect("huis, extract - lead, cut: R1" in run.stdout, run.stdout)


def test_bad_data():
    with scratch() as d:
        expect_error(huis("eval", "summaries"), 2, "--data")
        expect_error(huis("eval"), 2, "summaries")
        expect_error(huis("eval", "summaries", "--data", f"{d}/none", "--mode", "extract"), 3, "mail_dev.jsonl")
        cases = {"": "no item", "{\n": "line 1", "[]\n[]\n": "line 1",
                 json.dumps(mail(0)) + "\n\n" + '{"id":"x","text":5}\n' * 2: "line 2",
                 json.dumps({**mail(0), "subject_refs": []}) + "\n": "line 1"}
        for text, word in cases.items():
            open(f"{d}/mail_dev.jsonl", "w").write(text)
            expect_error(huis("eval", "summaries", "--data", d, "--set", "mail", "--mode", "extract", "--half", "all"),
                         3, word)
        write(d, "mail_dev", [mail(0), {**mail(1), "text": "..."}])
        run = huis("eval", "summaries", "--data", d, "--set", "mail", "--mode", "extract", "--half", "all")
        expect_error(run, 3, "mail-1")
        expect("1 items (partial)" in run.stdout, run.stdout)


def test_the_checker_is_measured():
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "eval", "check")
    run = huis("eval", "check", "--data", here, "--half", "all", "--format", "json", "--quiet")
    expect_equal(run.returncode, 0, run.stderr)
    result = json.loads(run.stdout)
    lines = [x for f in ("english", "french") for x in open(f"{here}/{f}.txt", encoding="utf-8")]
    expect_equal(result["all"][0]["true"], sum(x.startswith("T: ") for x in lines))
    expect_equal(result["all"][0]["false"], sum(x.startswith("F ") for x in lines))
    expect(result["all"][0]["balanced_accuracy"] > 80, result["all"])
    expect_equal(sum(g["false"] for g in result["way"]), result["all"][0]["false"])
    halves = [json.loads(huis("eval", "check", "--data", here, "--half", h, "--format", "json", "--quiet").stdout)["all"][0]
              for h in ("first", "second")]
    expect_equal(sum(h["true"] for h in halves), result["all"][0]["true"])


def test_made_pairs_are_read():
    with scratch() as d:
        rows = [{"source": "Anna sold the red house in Lyon on 3 May.", "set": "a", "language": "en", "half": "first", "genre": "x"},
                {"text": "Anna sold the red house in Lyon.", "label": 1, "way": "true_own"},
                {"text": "Anna sold the red house in Nantes.", "label": 0, "way": "place"},
                {"source": "It rains.", "set": "a", "language": "en", "half": "second", "genre": "x"},
                {"text": "It rains.", "label": 1, "way": "true_own"}]
        write(d, "pairs", rows)
        run = huis("eval", "check", "--data", d, "--format", "json", "--quiet")
        expect_equal(run.returncode, 0, run.stderr)
        expect_equal(json.loads(run.stdout)["all"], [{"name": "all", "true": 1, "false": 1, "balanced_accuracy": 100.0,
                                                      "false_alarms": 0.0, "found": 100.0}])
        expect("| place | 1 | 1 | 100.0 | 0.0 | 100.0 |" in huis("eval", "check", "--data", d, "--format", "markdown").stdout, d)


def test_bad_pairs_say_where():
    with scratch() as d:
        expect_error(huis("eval", "check"), 2, "--data")
        expect_error(huis("eval", "check", "--data", d), 3, "pairs.jsonl")
        for text, word in (("= mail\nS: A source.\nF no colon\n", "line 3"), ("nonsense\n= mail\n", None),
                           ("= mail\n= mail\nS: A source here.\nX: what\n", None)):
            with open(f"{d}/english.txt", "w", encoding="utf-8") as out:
                out.write(text)
            run = huis("eval", "check", "--data", d, "--half", "all")
            expect(run.returncode != 0 and (word is None or word in run.stderr), run.stderr)
        os.unlink(f"{d}/english.txt")
        with open(f"{d}/pairs.jsonl", "w", encoding="utf-8") as out:
            out.write('{"source": "A."}\n{no\n')
        run = huis("eval", "check", "--data", d)
        expect(run.returncode != 0 and "line 2" in run.stderr, run.stderr)


def test_interrupt_prints_what_is_done():
    with scratch() as d:
        write(d, "mail_dev", [{**mail(i), "text": mail(i)["text"] * 20} for i in range(6000)])
        run = subprocess.Popen([tap.HUIS, "eval", "summaries", "--data", d, "--set", "mail", "--mode", "extract",
                                "--half", "all", "--format", "json"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C.UTF-8"})
        time.sleep(2)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        expect_equal(run.returncode, 1, err)
        result = json.loads(out)
        expect(result["partial"] and 0 < result["sets"][0]["items"] < 6000, out[-300:])
        expect(b"interrupted" in err, err)


def test_a_model_is_asked_beside():
    model = test_model("smollm2-135m")
    with scratch() as d:
        write(d, "mail_dev", [mail(i) for i in range(4)])
        result = evaluate(d, "--set", "mail", "--mode", "hybrid", "--limit", "2", "--model", model)
        one = result["sets"][0]
        asked = system(one, "simply asked")
        expect(0 < asked["words"] <= 10 and asked["over_limit"] == 0, asked)
        expect(asked["seconds"] >= asked["first_seconds"] > 0, asked)
        expect("simply asked" in [x["against"] for x in one["differences"]], one)
        expect_equal(len(result["model"]["sha256"]), 64)
        one = evaluate(d, "--set", "mail", "--mode", "hybrid", "--limit", "1", "--model", model, "--baselines",
                       "lead")["sets"][0]
        expect_equal([s["system"] for s in one["systems"]], ["huis, hybrid", "lead, cut", "lead, sentences"])


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
