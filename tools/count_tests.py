#!/usr/bin/env python3
"""Prints 'N passed, N failed' from Meson's JSON test logs, TAP subtests counted one by one.

Arguments NAME=STATUS are checks that ran beside Meson: 0 passed, anything else failed."""
import json
import re
import sys

passed = failed = 0
skipped = {}
logs = [argument for argument in sys.argv[1:] if "=" not in argument]
for line in (line for log in logs for line in open(log, encoding="utf-8")):
    test = json.loads(line)
    results = re.findall(r"^(not ok|ok)\b([^\n]*)", test.get("stdout") or "", re.M)
    for _, text in results:
        reason = re.search(r"# SKIP\s*(.*)", text)
        if reason:
            skipped.setdefault(reason.group(1) or "no reason", []).append(test["name"])
    n = len([1 for _, text in results if "# SKIP" not in text])
    bad = len([1 for verdict, text in results if verdict == "not ok" and "# SKIP" not in text])
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        passed += n if results else 1
    elif test["result"] == "SKIP":
        skipped.setdefault("whole test", []).append(test["name"])
    else:
        passed += n - bad
        failed += bad or 1
for check in (argument for argument in sys.argv[1:] if "=" in argument):
    passed, failed = (passed + 1, failed) if check.endswith("=0") else (passed, failed + 1)
for reason, names in skipped.items():
    print(f"skipped: {reason}: {', '.join(sorted(set(names)))}")
print(f"{passed} passed, {failed} failed")
