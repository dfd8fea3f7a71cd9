#!/usr/bin/env python3
"""mail.py FILE...: one record a mail, for 'huis notify watch --stdin'. Headers by Python's email package, the
text by 'huis summarize' without a model, which reads it in huis-reader, fenced off. $HUIS: the program."""
import datetime
import email
import email.policy
import email.utils
import hashlib
import json
import os
import subprocess
import sys

HUIS = os.environ.get("HUIS", "huis")


def text_of(path):
    run = subprocess.run([HUIS, "summarize", "--mode", "extract", "--kind", "teaser", "--words", "60", "--quiet", path],
                         capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else ""


def record(path):
    with open(path, "rb") as f:
        data = f.read(1 << 20)
    head = email.message_from_bytes(data, policy=email.policy.default)
    name, address = email.utils.parseaddr(str(head["from"] or ""))
    date = email.utils.parsedate_to_datetime(str(head["date"])) if head["date"] else None
    if date is None or date.tzinfo is None:  # "-0000": no zone is said
        date = datetime.datetime.fromtimestamp(os.stat(path).st_mtime).astimezone()
    unique = str(head["message-id"] or "") or hashlib.sha256(data).hexdigest()
    return {"id": "mail-" + hashlib.sha256(unique.encode()).hexdigest()[:24], "source": "mail", "app": "Mail",
            "category": "email.arrived", "sender": name or address, "title": str(head["subject"] or "(no subject)"),
            "body": text_of(path), "time": date.isoformat(timespec="seconds")}


for path in sys.argv[1:]:
    print(json.dumps(record(path), ensure_ascii=False), flush=True)
