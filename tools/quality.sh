#!/bin/sh
# Makes the tables of docs/quality.md in one go: tools/quality.sh [DIR] > tables.md. DIR holds the sets
# (default: ../shared/data). $HALF: second (default, for reporting) or first. $MODEL, $MODE, $LIMIT (items
# of each set, default 100) and $MEETINGS (default 20) bound the time: about 25 s an item with the
# default model on two slow threads for meetings, 3 to 6 s for the rest: under an hour and a half in all.
# Without a model: extract mode and lead, a few seconds. Log a look at the second half in docs/quality.md.
set -eu
cd "$(dirname "$0")/.."
data=${1:-../shared/data}
half=${HALF:-second}
huis=${BUILD:-build}/huis
common="--data $data --half $half --format markdown --quiet ${MODEL:+--model $MODEL}"
echo "## Extract mode and lead, every item"
echo
"$huis" eval summaries --data "$data" --half "$half" --format markdown --mode extract --baselines lead
echo
echo "## With a model, at most ${LIMIT:-100} items of each set"
for set in mail news dialogue clinical meetings; do
    limit=${LIMIT:-100}
    [ "$set" != meetings ] || limit=${MEETINGS:-20}
    echo
    # shellcheck disable=SC2086
    "$huis" eval summaries $common --set "$set" --mode "${MODE:-hybrid}" --limit "$limit" \
        ${SAMPLES:+--samples "$SAMPLES-$set.md"}
done
