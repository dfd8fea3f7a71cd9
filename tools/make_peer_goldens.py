#!/usr/bin/env python3
"""Writes tests/golden/peer/MODEL.json: greedy continuations by llama.cpp of the prompts below, with
the gap between the two largest logits of each step. tests/golden/test_peer.c feeds huis with the
same tokens and compares the next one. Needs HUIS_TEST_MODELS; the peer comes from tools/peers.sh
(HUIS_PEERS reuses a build). Nothing here runs in `make check`.
"""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ["smollm2-135m", "qwen-0.5b", "qwen-1.5b"]
N_STEPS = 64

CHAT = [
    "Write a short poem about the sea.",
    "Explain in two sentences why the sky is blue.",
    "List five things to check before a long train journey.",
    "Summarise this message: Hi Tom, the meeting moves from Tuesday to Thursday at 10, room 4. "
    "Please bring the budget figures for March and tell Clara. Thanks, Anna.",
    "What is the difference between weather and climate?",
    "Translate into French: The library closes at six on Fridays.",
    "A shop sells pens at 3 euros and notebooks at 5 euros. What do 4 pens and 2 notebooks cost?",
    "Give me three names for a small cat and say why each fits.",
    "Quelle est la capitale de l'Australie ? Réponds en une phrase.",
    "Explique simplement ce qu'est la photosynthèse.",
    "Résume ce message : Bonjour Paul, la réunion de mardi est reportée à jeudi 14 h, salle bleue. "
    "Merci d'apporter les chiffres du mois de mai et de prévenir Julie. Bien à toi, Marc.",
    "Écris un court courriel pour annuler un rendez-vous chez le dentiste.",
    "Donne la recette de la pâte à crêpes pour quatre personnes.",
    "Traduis en anglais : Le train de nuit part de la gare de Lyon à vingt-deux heures.",
    "Write a Python function that returns the n-th Fibonacci number.",
    "Write a C function that reverses a string in place.",
    "What does this SQL do? SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3;",
    "Écris une fonction JavaScript qui dit si un mot est un palindrome.",
]
RAW = [
    "The old lighthouse keeper climbed the stairs one last time, and",
    "Il était une fois, dans un village au bord de la mer,",
    "def quicksort(items):\n    \"\"\"Sorts a list.\"\"\"\n",
    "#include <stdio.h>\n\nint main(void)\n{\n",
    "Once the rain had stopped, the children ran outside. 1, 2, 3, 4, 5, 6,",
    "Les résultats du premier trimestre montrent une hausse de 4,2 % des ventes. En revanche,",
]


def prompts():
    for text in CHAT:
        yield f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
    yield from RAW


def ask_peer(program, model):
    given = "\0".join(prompts()) + "\0"
    threads = os.environ.get("HUIS_PEER_THREADS", "1")
    out = subprocess.run([program, str(model), str(N_STEPS), threads], input=given.encode(),
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    cases = []
    for line in out.splitlines():
        kind, *fields = line.split()
        if kind == "P":
            cases.append({"prompt": [int(x) for x in fields], "tokens": [], "second": [], "gap": []})
        else:
            case = cases[-1]
            case["tokens"].append(int(fields[0]))
            case["second"].append(int(fields[1]))
            case["gap"].append(round(float(fields[2]) - float(fields[3]), 3))
    return cases


def write(path, model, cases):
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    path.write_text('{"peer":"llama-cpp-python 0.3.36","model":"%s","cases":[\n%s\n]}\n'
                    % (model, lines), encoding="utf-8")


def main():
    models = os.environ.get("HUIS_TEST_MODELS")
    if not models:
        sys.exit("make_peer_goldens.py: set HUIS_TEST_MODELS to the folder of "
                 + ", ".join(m + ".gguf" for m in MODELS))
    subprocess.run([str(ROOT / "tools/peers.sh")], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    program = pathlib.Path(os.environ.get("BUILD", "build")) / "peers" / "peer_logits"
    for name in sys.argv[1:] or MODELS:
        model = pathlib.Path(models) / (name + ".gguf")
        if not model.exists():
            print(f"{model} is missing: its golden stays as it is", file=sys.stderr)
            continue
        cases = ask_peer(ROOT / program, model)
        write(ROOT / "tests/golden/peer" / (name + ".json"), name, cases)
        print(f"{name}: {len(cases)} prompts x {N_STEPS} tokens")


main()
