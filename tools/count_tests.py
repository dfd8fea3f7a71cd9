#!/usr/bin/env python3
"""Prints 'N passed, N failed' from Meson's JSON test log, TAP subtests counted one by one."""
import json
import re
import sys

passed = failed = 0
for line in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(line)
    results = re.findall(r"^(not ok|ok)\b", test.get("stdout", ""), re.M)
    bad = results.count("not ok")
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        passed += len(results) or 1
    elif test["result"] != "SKIP":
        passed += len(results) - bad
        failed += bad or 1
print(f"{passed} passed, {failed} failed")
