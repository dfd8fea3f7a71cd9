#!/usr/bin/env python3
"""Makes tests/unit/eval/rouge.jsonl: pairs of texts with ROUGE F1 by an independent program.

Needs PyPI: rouge-score==0.1.2 (Google's). Its own tokenizer drops letters with accents; it is given
Python's \\w+ on lower-cased text instead, as huis counts words. Texts: written for this file, and draws
from a small vocabulary, so that words repeat.
"""
import json
import os
import re

from rouge_score import rouge_scorer

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tests', 'unit', 'eval',
                   'rouge.jsonl')
WRITTEN = [
    ("The cat sat on the mat.", "The cat lay on the mat."),
    ("the the the the", "the cat"),
    ("Réunion déplacée à jeudi, 14h30", "RÉUNION DÉPLACÉE AU JEUDI"),
    ("L'été 2019 a été très chaud : 42,6 °C.", "L’été de 2019 fut le plus chaud (42.6 °C)."),
    ("Budget", "Budget"),
    ("Budget", "Planning"),
    ("one", "one two three four"),
    ("a b c d e f", "f e d c b a"),
    ("#Person1#: yes, I'll call back.", "Person1 will call back"),
    ("Œuvre et cœur, ÉGLISE", "œuvre, CŒUR et église"),
    ("Москва и Київ — 2 города", "москва, київ"),
    ("x" * 300 + " end", "x" * 300),
    ("...", "no words on the left"),
]
VOCABULARY = "la le budget mairie école vote mardi 12 % hausse été Lyon pont bridge the of".split()


class Words:
    def tokenize(self, text):
        return re.findall(r"\w+", text.lower())


def draws(n_pairs):
    """PCG-like draws that do not depend on the Python version."""
    state = 7

    def below(n):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % n

    for _ in range(n_pairs):
        yield tuple(" ".join(VOCABULARY[below(len(VOCABULARY))] for _ in range(1 + below(30)))
                    for _ in range(2))


def main():
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Words())
    with open(OUT, "w", encoding="utf-8", newline="\n") as out:
        for text, reference in WRITTEN + list(draws(50)):
            scores = scorer.score(reference, text)
            row = {"text": text, "reference": reference}
            row.update({name: round(s.fmeasure, 9) for name, s in scores.items()})
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


main()
