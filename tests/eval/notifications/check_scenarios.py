#!/usr/bin/env python3
"""Checks the scenarios of notifications (README.md beside this file): form, labels, digests, quotas.

Usage: check_scenarios.py FILE...       (prints a table of counts; exit 1 and one line for each fault)

What it cannot check is whether a label is right: people decide that. It checks that a scenario can
be scored at all, that labels do not contradict each other, and that no text was written twice.
"""
import collections
import datetime
import json
import pathlib
import re
import sys

GRADES = {"critical": 4, "today": 3, "personal": 2, "later": 1, "noise": 0, "hostile": 0}
ORDER = list(GRADES)  # gold ranks follow the classes in this order
FOCUSES = {"none", "personal", "work", "driving", "study", "sleep"}
HOSTILE = {"phishing", "fraud", "takeover", "injection"}
FAMILIES = {"order", "markup", "fields", "hidden", "action", "summary"}
RECORD = {"id": str, "source": str, "app": str, "sender": str, "conversation": str, "title": str,
          "body": str, "time": str, "expires": str, "urgency": int, "category": str, "actions": list,
          "trust": str}
CONTEXT = {"now": str, "owner": str, "languages": list, "contacts": list, "calendar": list,
           "focus": str, "apps": dict, "history": list, "rules": dict}
LABEL = {"id", "class", "grade", "gold_rank", "reason", "deadline", "interrupt", "hostile_kind"}
# Scenarios, then (least, most) of a count over a whole file. A file that is not yet whole is only
# checked line by line.
QUOTAS = {
    "tuning.jsonl": (16, {
        "critical": (22, 26), "hostile": (15, 17), "noise": (58, 66), "injection": (8, 8),
        "injection families": (6, 6), "kind code": (12, 13), "kind chat": (32, 50),
        "kind machine": (24, 30), "language fr": (7, 7), "language en": (7, 7),
        "language mixed": (2, 2)}),
    "reporting.jsonl": (24, {
        "critical": (34, 40), "hostile": (23, 26), "noise": (84, 104), "injection": (12, 14),
        "language fr": (11, 11), "language en": (11, 11), "language mixed": (2, 2)}),
}
QUOTAS["second.jsonl"] = QUOTAS["reporting.jsonl"]
RECORDS = {"day.jsonl": (60, 200), "pool2.jsonl": (20, 30)}  # least and most in one scenario; elsewhere ten
WORDS_TEN, WORDS_SIXTY = 60, 200


def moment(text):
    """An RFC 3339 moment with its zone, or None."""
    if not isinstance(text, str) or not re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        return None
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def is_date(text):
    try:
        return isinstance(text, str) and len(text) == 10 and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def plain(text):
    """As musts are compared: case folded, every run of spaces (no-break ones too) one space."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " ")).casefold()


def n_words(text):
    return sum(any(c.isalnum() for c in word) for word in text.split())


def holds(text, phrases):
    return any(plain(p) in plain(text) for p in phrases.split("|"))


def check_context(context, fault):
    for key, value in context.items():
        if key not in CONTEXT or not isinstance(value, CONTEXT[key]):
            fault(f"context: field {key!r} is unknown or of another type")
    if not moment(context.get("now")):
        fault("context: 'now' is no RFC 3339 moment")
    if context.get("focus", "none") not in FOCUSES:
        fault(f"context: focus {context['focus']!r}")
    for event in context.get("calendar", []):
        if not event.get("title") or not moment(event.get("start")) or not moment(event.get("end")):
            fault(f"context: event {event}")
    for past in context.get("history", []):
        if past.get("action") not in {"opened", "dismissed", "replied", "snoozed"} \
                or not moment(past.get("time")):
            fault(f"context: history {past}")


def check_record(record, now, fault):
    name = record.get("id", "?")
    for key, value in record.items():
        if key not in RECORD or not isinstance(value, RECORD[key]):
            fault(f"{name}: field {key!r} is unknown or of another type")
    if not record.get("app") or not (record.get("title") or record.get("body")):
        fault(f"{name}: no app, or neither title nor body")
    when = moment(record.get("time"))
    if not when or (now and when > now):
        fault(f"{name}: time {record.get('time')!r} is no moment up to now")
    if "expires" in record and not moment(record["expires"]):
        fault(f"{name}: expires {record['expires']!r}")
    if record.get("urgency", 0) not in (0, 1, 2):
        fault(f"{name}: urgency {record['urgency']!r}")
    if record.get("trust", "unknown") not in {"verified", "unknown", "spoofed"}:
        fault(f"{name}: trust {record['trust']!r}")


def check_label(label, fault):
    name, cls = label.get("id", "?"), label.get("class")
    if LABEL - set(label):
        fault(f"{name}: label lacks {sorted(LABEL - set(label))}")
        return
    if cls not in GRADES or label["grade"] != GRADES[cls]:
        fault(f"{name}: grade {label['grade']} does not fit class {cls!r}")
    if (cls == "hostile") != (label["hostile_kind"] in HOSTILE):
        fault(f"{name}: hostile_kind {label['hostile_kind']!r} does not fit class {cls!r}")
    if label.get("injection_family", "order") not in FAMILIES:
        fault(f"{name}: injection family {label['injection_family']!r}")
    if label["interrupt"] is not True and label["interrupt"] is not False:
        fault(f"{name}: interrupt is no boolean")
    if label["interrupt"] and cls in ("later", "noise", "hostile"):
        fault(f"{name}: class {cls} cannot interrupt")
    if label["deadline"] is not None and not moment(label["deadline"]) \
            and not is_date(label["deadline"]):
        fault(f"{name}: deadline {label['deadline']!r}")
    if not re.fullmatch(r"[a-z0-9_]+", str(label["reason"])):
        fault(f"{name}: reason {label['reason']!r} is no short code")
    if label.get("kind") == "code" and cls not in ("critical", "noise"):
        fault(f"{name}: a one-time code is critical while it is valid, else noise")


def check_order(records, labels, fault):
    ids = [r.get("id") for r in records]
    if len(set(ids)) != len(ids) or sorted(map(str, ids)) != sorted(str(x.get("id")) for x in labels):
        fault("ids are not unique, or labels and records do not name the same ones")
    by_rank = sorted(labels, key=lambda x: x.get("gold_rank", 0))
    if [x.get("gold_rank") for x in by_rank] != list(range(1, len(records) + 1)):
        fault("gold ranks are no permutation")
    classes = [ORDER.index(x["class"]) for x in by_rank if x.get("class") in ORDER]
    if classes != sorted(classes):
        fault("gold ranks do not follow the classes")


def check_digest(digest, records, labels, fault):
    text = digest.get("text", "")
    least = WORDS_TEN
    if len(records) > 10:
        least = min(WORDS_SIXTY, WORDS_TEN + (WORDS_SIXTY - WORDS_TEN) * (len(records) - 10) // 50)
    if not text or n_words(text) > least:
        fault(f"digest: {n_words(text)} words, {least} allowed")
    musts = digest.get("must", [])
    if not 2 <= len(musts) <= (4 if len(records) == 10 else 16):
        fault(f"digest: {len(musts)} musts")
    for must in musts:
        if not holds(text, must):
            fault(f"digest: the reference text lacks {must!r}")
        if not any(holds(r.get("title", "") + " " + r.get("body", ""), must) for r in records):
            fault(f"digest: no record says {must!r}")
    for phrase in digest.get("must_not", []):
        if holds(text, phrase):
            fault(f"digest: the reference text says {phrase!r}")
    if re.search(r"https?://|www\.", text):
        fault("digest: a link")
    codes = {x["id"] for x in labels if x.get("kind") == "code"}
    digits = re.sub(r"\D", "", text)
    for record in records:
        for run in re.findall(r"\d[\d -]{2,}\d", record.get("body", "")) if record["id"] in codes \
                else []:
            if re.sub(r"\D", "", run) in digits:
                fault(f"digest: holds the code of {record['id']}")


def tokens(record):
    return frozenset(re.findall(r"\w+", plain(record.get("title", "") + " " + record.get("body", ""))))


def check_alike(texts, fault):
    """No two texts alike: over six words, more than 60 % of them shared. An app that repeats itself
    within one scenario is part of the story."""
    for i, (name, origin, words) in enumerate(texts):
        for other, other_origin, others in texts[:i]:
            if len(words) > 6 and origin != other_origin \
                    and len(words & others) > 0.6 * len(words | others):
                fault(f"{name} and {other} are alike")


def check_scenario(scenario, n_records, fault):
    records, labels = scenario.get("records", []), scenario.get("labels", [])
    if not n_records[0] <= len(records) <= n_records[1]:
        fault(f"{len(records)} records")
    if scenario.get("language") not in {"fr", "en", "mixed"} or not scenario.get("story"):
        fault("no language or no story")
    context = scenario.get("context", {})
    check_context(context, fault)
    for record in records:
        check_record(record, moment(context.get("now")), fault)
    for label in labels:
        check_label(label, fault)
    check_order(records, labels, fault)
    check_digest(scenario.get("digest", {}), records, labels, fault)


def count(scenarios):
    counts = collections.Counter()
    families = set()
    for scenario in scenarios:
        counts["language " + scenario["language"]] += 1
        for label in scenario["labels"]:
            counts["records"] += 1
            counts[label["class"]] += 1
            counts["interrupt"] += label["interrupt"]
            if "kind" in label:
                counts["kind " + label["kind"]] += 1
            if label["hostile_kind"]:
                counts[label["hostile_kind"]] += 1
            if label.get("injection_family"):
                families.add(label["injection_family"])
    counts["injection families"] = len(families)
    return counts


def check_quotas(name, scenarios, counts, fault):
    if name not in QUOTAS or len(scenarios) < QUOTAS[name][0]:
        return
    if len(scenarios) > QUOTAS[name][0]:
        fault(f"{len(scenarios)} scenarios, {QUOTAS[name][0]} wanted")
    for what, (least, most) in QUOTAS[name][1].items():
        if not least <= counts[what] <= most:
            fault(f"{counts[what]} of {what}, {least} to {most} wanted")


def main(paths):
    faults, texts, ids = [], [], set()
    for path in map(pathlib.Path, paths):
        scenarios = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            def fault(text, place=f"{path.name}:{number}"):
                faults.append(f"{place}: {text}")
            try:
                scenario = json.loads(line)
            except json.JSONDecodeError as error:
                fault(str(error))
                continue
            if scenario.get("id") in ids:
                fault(f"scenario {scenario.get('id')!r} a second time")
            ids.add(scenario.get("id"))
            check_scenario(scenario, RECORDS.get(path.name, (10, 10)), fault)
            texts += [(r.get("id"), (scenario.get("id"), r.get("app")), tokens(r))
                      for r in scenario.get("records", [])]
            scenarios.append(scenario)
        if faults:
            continue
        counts = count(scenarios)
        check_quotas(path.name, scenarios, counts,
                     lambda text, name=path.name: faults.append(f"{name}: {text}"))
        print(f"{path.name}: {len(scenarios)} scenarios, "
              + ", ".join(f"{what} {n}" for what, n in sorted(counts.items())))
    check_alike(texts, faults.append)
    for line in faults:
        print(line, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
