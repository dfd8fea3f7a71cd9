#!/usr/bin/env python3
"""make_notify_words.py IN NAMES [TABLE]: data/notify_words.txt as one C table of phrases, sorted by the first two
letters (src/feature/notify/notify_signals.c). NAMES is the header that names the signals: written anew without TABLE, else
it must name the same ones in the same order."""
import re
import sys
import unicodedata


def fold(text):
    text = text.lower().replace("œ", "oe").replace("’", "'")
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def words_of(phrase):
    return [w for w in re.split(r"[\s'\-]+", fold(phrase)) if w]


def bucket(word):
    def place(k):
        return ord(word[k]) - ord("a") + 1 if k < len(word) and "a" <= word[k] <= "z" else 0
    return place(0) * 27 + place(1)


def read(path):
    signals, phrases = [], {}
    for n, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.strip()
        if not line or line.startswith("# --") or (line.startswith("#") and not signals):
            continue
        if line.startswith("["):
            signals.append(line[1:-1])
            continue
        for phrase in line.split(";"):
            words = words_of(phrase)
            if not words:
                continue
            stem = words[0].rstrip("*")
            if words[0] in ("~", "_") or (words[0].endswith("*") and len(stem) < 3 and stem != "#"):
                sys.exit(f"{path}:{n}: {phrase}: the first word must be told")
            phrases.setdefault(" ".join(words), set()).add(signals[-1])
    return signals, phrases


def header(signals):
    return ("/*\n * notify_signal_names.h - the sections of data/notify_words.txt. Written by tools/make_notify_words.py.\n */\n"
            "#ifndef HUIS_FEATURE_NOTIFY_SIGNAL_NAMES_H\n#define HUIS_FEATURE_NOTIFY_SIGNAL_NAMES_H\n\n"
            "typedef enum notify_signal {\n" + "".join(f"    SIGNAL_{name.upper()},\n" for name in signals) +
            "    SIGNAL_COUNT\n} notify_signal;\n\n#endif\n")


def main():
    signals, phrases = read(sys.argv[1])
    rows = sorted(phrases, key=lambda p: (bucket(p.split()[0]), p))
    names = header(signals)
    if len(sys.argv) < 4:
        open(sys.argv[2], "w", encoding="utf-8").write(names)
        return
    if open(sys.argv[2], encoding="utf-8").read() != names:
        sys.exit("the signals have changed: run tools/make_notify_words.py data/notify_words.txt "
                 "src/feature/notify/notify_signal_names.h")
    with open(sys.argv[3], "w", encoding="utf-8") as out:
        starts, n = [0] * (27 * 27 + 1), 0
        out.write("static const notify_phrase PHRASES[] = {\n")
        for phrase in rows:
            for name in sorted(phrases[phrase]):
                out.write(f'    {{"{phrase}", SIGNAL_{name.upper()}}},\n')
                starts[bucket(phrase.split()[0]) + 1] += 1
                n += 1
        out.write("};\n\nstatic const uint16_t BUCKETS[] = {\n")
        total = 0
        for k, count in enumerate(starts):
            total += count
            out.write(f"{total}," + ("\n" if k % 16 == 15 else " "))
        out.write("};\n")
        if n > 65535:
            sys.exit("too many phrases")


main()
