#!/bin/sh
# The main job, end to end, on scikit-learn's 1,797 real handwritten digits: check → tune → train → export → serve.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p runs
out=$(mktemp -d runs/demo-XXXXXX)

heading() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
say() { heading "$@"; "$@"; }

# Not `say … | tee`: a pipe in sh ends well whatever became of its first command.
written() { file=$1; shift; heading "$@"; "$@" > "$file" || { cat "$file"; return 1; }; cat "$file"; }

say zoo validate digits_resnet
say zoo tune digits_resnet --out "$out/study"
written "$out/train.txt" zoo train "$out/study/best.yaml" --out "$out/run"
say zoo export "$out/run" --out "$out/export"
written "$out/predict.txt" zoo predict "$out/export" examples/digits/digit.png

accuracy=$(sed -n 's/^test accuracy \([0-9.]*\).*/\1/p' "$out/train.txt")
if ! awk -v got="$accuracy" 'BEGIN { exit !(got >= 0.97) }'; then
    echo "demo: the test accuracy is below 0.97 (got ${accuracy:-none})" >&2
    exit 1
fi

printf '\n%s\nSavedModel: %s\nserved from it: %s\n' \
    "$(grep '^test accuracy' "$out/train.txt")" "$out/export" "$(tail -n 1 "$out/predict.txt")"
