#!/bin/sh
# The main job, end to end, on scikit-learn's 1,797 real handwritten digits: check → tune → train → export → serve.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p runs
out=$(mktemp -d runs/demo-XXXXXX)

say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }

say zoo validate digits_resnet
say zoo tune digits_resnet --out "$out/study"
say zoo train "$out/study/best.yaml" --out "$out/run" | tee "$out/train.txt"
say zoo export "$out/run" --out "$out/export"
say zoo predict "$out/export" examples/digits/digit.png | tee "$out/predict.txt"

printf '\n%s\nSavedModel: %s\nserved from it: %s\n' \
    "$(grep '^test accuracy' "$out/train.txt")" "$out/export" "$(tail -n 1 "$out/predict.txt")"
