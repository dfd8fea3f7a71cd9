#!/usr/bin/env python3
"""make_lexicon.py IN OUT: data/lexicon.txt as one sorted C table (src/evidence/lexicon.h)."""
import sys

CLASSES = ["stop", "common", "negation", "cardinal", "scale", "scale_short", "ordinal", "weak", "month",
           "month_short", "weekday", "weekday_short", "currency", "percent", "title", "place", "phrase",
           "hedge", "sure", "soft_negation", "third_person", "second_person", "reporting", "measure", "break",
           "to", "instead", "mild"]
FIELD = {"cardinal": "number", "scale": "number", "scale_short": "number", "ordinal": "number",
         "month": "month", "month_short": "month", "weekday": "weekday", "weekday_short": "weekday",
         "currency": "currency", "place": "place"}


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


def read(path):
    table, section, n_places = {}, None, 0
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
            fields = "".join(f", .{f} = {e[f]}" for f in ("number", "month", "weekday", "place", "currency")
                             if f in e)
            out.write(f'{{.word = "{word}", .classes = {bits}{fields}}},\n')


main()
