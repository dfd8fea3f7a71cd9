#!/bin/sh
# Makes the tables of docs/quality.md in one go: tools/quality.sh [DIR] > tables.md. DIR holds the sets
# (default: ../shared/data). $HALF: second (default, for reporting: log the look in docs/quality.md) or
# first. $MODEL (default: the installed one), $MODE (hybrid), $LIMIT (items of each set, 100), $MEETINGS
# (questions, 20) and $SAMPLES (a prefix: outputs to read go to PREFIX-SET.md).
# Time: an item takes huis and the plain question 9 s (mail), 8 to 12 s (dialogues), 15 s (news) and 25 s
# (meetings) on two threads of a crowded machine: 90 minutes in all, about a third of that on a quiet one.
set -eu
cd "$(dirname "$0")/.."
huis=${BUILD:-build}/huis
set -- --data "${1:-../shared/data}" --half "${HALF:-second}" --format markdown
echo "## Extract mode and lead, every item"
echo
"$huis" eval summaries "$@" --mode extract --baselines lead
echo
echo "## With a model, at most ${LIMIT:-100} items of each set"
for set in mail news dialogue clinical meetings; do
    limit=${LIMIT:-100}
    [ "$set" != meetings ] || limit=${MEETINGS:-20}
    echo
    "$huis" eval summaries "$@" --set "$set" --mode "${MODE:-hybrid}" --limit "$limit" \
        ${MODEL:+--model "$MODEL"} ${SAMPLES:+--samples "$SAMPLES-$set.md"}
done
