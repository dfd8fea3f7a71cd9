#!/usr/bin/env python3
"""versus_summary.py: a summary by huis beside llama.cpp's server fed the same text with a plain prompt.

Same model file, same machine, same threads, interleaved; prints medians and ratios. The server runs on
loopback, keeps its model loaded (huis loads it each time: both with and without loading are printed) and
gets a new text each round, so that its prompt cache does not answer.

  bench/versus_summary.py --server llama-server --model qwen-0.5b.gguf TEXT [TEXT ...]
"""
import argparse
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return re.search(r"model name\s*: (.*)", f.read()).group(1)


def start_server(args):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    process = subprocess.Popen([args.server, "-m", args.model, "-t", str(args.threads), "-c", "8192",
                                "--host", "127.0.0.1", "--port", str(port), "--no-webui"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            return process, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit("llama-server does not answer")


def ask_server(port, text, french, words):
    prompt = (f"Résume ce texte en {words} mots au plus :\n\n" if french else
              f"Summarize this text in at most {words} words:\n\n") + text
    body = json.dumps({"messages": [{"role": "user", "content": prompt}], "temperature": 0,
                       "max_tokens": 160, "stream": True, "cache_prompt": False}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", body,
                                     {"Content-Type": "application/json"})
    start = time.monotonic()
    first, answer = None, ""
    with urllib.request.urlopen(request, timeout=600) as response:
        for line in response:
            if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                continue
            delta = json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
            answer += delta
            if first is None and re.search(r"[.!?]\s|[.!?]$", answer):
                first = time.monotonic() - start
    total = time.monotonic() - start
    return first or total, total, answer


def ask_huis(args, path, mode):
    start = time.monotonic()
    run = subprocess.run([args.huis, "summarize", "--quiet", "--mode", mode, "--words", str(args.words),
                          "--format", "json", "--model", args.model, "--threads", str(args.threads),
                          path], capture_output=True, check=True)
    wall = time.monotonic() - start
    result = json.loads(run.stdout)
    usage = result["usage"]
    return usage["first_item_ms"] / 1000, usage["elapsed_ms"] / 1000, wall, result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--huis", default=os.path.join(ROOT, "build", "huis"))
    parser.add_argument("--server", default="llama-server")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    process, port = start_server(args)
    rows = []
    try:
        for i in range(args.rounds + 1):
            path = args.texts[i % len(args.texts)]
            text = open(path, encoding="utf-8").read()
            french = len(re.findall(r"\b(le|la|les|des|une|est)\b", text)) > len(text) / 200
            peer = ask_server(port, text, french, args.words)
            ours = ask_huis(args, path, "hybrid")
            if i > 0:
                rows.append((peer, ours))
    finally:
        process.terminate()
        process.wait()
    median = lambda pick: statistics.median(pick(r) for r in rows)
    print(f"{cpu_name()}, {platform.release()}, {args.threads} threads, "
          f"{os.path.basename(args.model)}, {len(text.split())} words, medians of {len(rows)}")
    print("                           first sentence      end   with loading")
    print(f"huis, hybrid               {median(lambda r: r[1][0]):11.2f} s {median(lambda r: r[1][1]):6.2f} s "
          f"{median(lambda r: r[1][2]):8.2f} s")
    print(f"llama-server, plain prompt {median(lambda r: r[0][0]):11.2f} s {median(lambda r: r[0][1]):6.2f} s")
    print(f"ratio (peer / huis)        {median(lambda r: r[0][0] / r[1][0]):11.2f}   "
          f"{median(lambda r: r[0][1] / r[1][1]):6.2f}")
    print("\nhuis:", rows[-1][1][3]["text"])
    print("\nllama-server:", rows[-1][0][2])


if __name__ == "__main__":
    main()
