#!/bin/sh
# From a bare Debian 12 to a true summary: packages, build, default model, then the main jobs.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
model=qwen2.5-coder-0.5b-instruct

say() {
    printf '\n\033[1m%s\033[0m\n' "$*"
}
show() {
    printf '\033[2m$ huis %s\033[0m\n' "$*"
    "$build/huis" "$@"
}

tools/setup.sh
[ -d "$build" ] || meson setup "$build" >/dev/null
ninja -C "$build" programs

say "The default model (asked for by make demo; kept for the next time)"
if "$build/huis" model pull --yes "$model"; then
    mode=hybrid
else
    mode=extract
    say "No model could be fetched: what follows is tier 0, the best sentences as they are."
fi

say "A French article of $(wc -w <data/examples/article.fr.txt) words, and where each sentence comes from"
show summarize --mode "$mode" --words 30 --cite --stats data/examples/article.fr.txt
say "Its key points"
show summarize --mode "$mode" --kind key-points --words 60 --stats data/examples/article.fr.txt
say "Two talks: who said, asked and will do what, told by rules; and one as a table"
show summarize --stats data/examples/dialogue.en.txt
show summarize data/examples/dialogue.fr.txt
show summarize --kind table data/examples/dialogue.en.txt
say "An English mail: what it says, its headline, and what there is to do"
show summarize --mode "$mode" --cite --stats data/examples/mail.en.eml
show summarize --kind headline data/examples/mail.en.eml
show summarize --kind action-items --cite data/examples/mail.en.eml
say "A folder: one line for each document"
show summarize --kind digest data/examples
say "A page to read and keep (a click on a sentence shows where it comes from)"
"$build/huis" summarize --kind key-points --format html data/examples/article.fr.txt >"$build/summary.html"
echo "  $build/summary.html"

say "What to type next"
cat <<END
  $build/huis summarize YOUR-FILE            text, mail, web page, PDF, office file, book, chat, folder
  xclip -o | $build/huis summarize -         what you have just copied
  $build/huis check --source A --text B      is B supported by A?
  $build/huis generate "..."                 ask the local model
  $build/huis doctor                         what works on this machine
  $build/huis --help
END
