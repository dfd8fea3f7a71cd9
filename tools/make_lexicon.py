#!/usr/bin/env python3
"""make_lexicon.py IN OUT: data/lexicon.txt as one sorted C table (src/evidence/lexicon.h)."""
import sys

CLASSES = ["stop", "common", "negation", "cardinal", "scale", "scale_short", "ordinal", "weak", "month",
           "month_short", "weekday", "weekday_short", "currency", "percent", "title", "place", "phrase",
           "hedge", "sure", "soft_negation", "third_person", "second_person", "reporting", "measure", "break",
           "to", "instead", "mild", "synonym"]
FIELD = {"cardinal": "number", "scale": "number", "scale_short": "number", "ordinal": "number",
         "month": "month", "month_short": "month", "weekday": "weekday", "weekday_short": "weekday",
         "currency": "currency", "place": "place", "synonym": "synonym"}


def add(table, word, name, value=None):
    entry = table.setdefault(word, {"classes": set()})
    entry["classes"].add(name)
    if name == "negation":
        entry["classes"].add("stop")
    if value is None or name not in FIELD:
        return
    field = FIELD[name]
    if entry.get(field, value) != value:
        sys.exit(f"lexicon: {word}: two values of {field}")
    entry[field] = value


def regular_forms(word, kind):
    """The forms of a word of [synonym]: v, n English; r, f French (folded: no accents)."""
    ies = word.endswith("y") and word[-2] not in "aeiou"
    es = word.endswith(("s", "x", "ch", "sh"))
    plural = word[:-1] + "ies" if ies else word + ("es" if es else "s")
    if kind == "n":
        return [word, plural]
    if kind == "v":
        past = word[:-1] + "ied" if ies else word + ("d" if word.endswith("e") else "ed")
        return [word, plural, past, (word[:-1] if word.endswith("e") else word) + "ing"]
    if kind == "r":
        return [word[:-2] + e for e in "e es ent er ez ait aient ant ee ees era eront erait".split()]
    if kind == "f":
        return [word, word + "s"] + ([word + "e", word + "es"] if not word.endswith("e") else [])
    return [word]


def add_synonyms(table, line, group):
    for entry in line.split():
        word, _, kind = entry.partition("/")
        for form in regular_forms(word, kind):
            if "synonym" not in table.get(form, {"classes": ()})["classes"]:
                add(table, form, "synonym", group)


def read(path):
    table, section, n_places, n_groups = {}, None, 0, 0
    for n, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line[1:-1]
            if section not in CLASSES:
                sys.exit(f"{path}:{n}: unknown class {section}")
            continue
        n_places += section == "place"
        if section == "synonym":
            n_groups += 1
            add_synonyms(table, line, n_groups)
            continue
        for word in line.split():
            word, _, value = word.partition("=")
            if section != "place":
                add(table, word, section, int(value) if value else None)
                continue
            parts = word.split("-")
            add(table, " ".join(parts), "place", n_places)
            if len(parts) > 1:
                add(table, parts[0], "phrase")
    return table


def main():
    table = read(sys.argv[1])
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("/* Made from data/lexicon.txt by tools/make_lexicon.py. */\n")
        for word in sorted(table, key=lambda w: w.encode()):
            e = table[word]
            bits = " | ".join("LEXICON_" + c.upper() for c in CLASSES if c in e["classes"])
            fields = "".join(f", .{f} = {e[f]}" for f in ("number", "month", "weekday", "place", "currency", "synonym")
                             if f in e)
            out.write(f'{{.word = "{word}", .classes = {bits}{fields}}},\n')


main()
