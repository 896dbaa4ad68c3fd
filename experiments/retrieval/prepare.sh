#!/usr/bin/env bash
# Makes the token streams of the stages from the corpus of scripts/corpus/build.py, in some minutes.
# Usage: prepare.sh CORPUS   (the folder with train.jsonl and heldout.jsonl; results go to the current one)
set -euo pipefail
corpus=$1
rwkvx=$(cd "$(dirname "$0")/../.." && pwd)/rwkvx

# Documents of a stage hide facts in made-up sentences and in the corpus.
tasks() { # name, documents of either kind, seed, options
  local name=$1 made=$2 text=$3 seed=$4
  shift 4
  local options=(--vocab vocab.txt "$@")
  [[ $made == 0 ]] ||
    "$rwkvx" data tasks --out "$name-made.jsonl" --count "$made" --seed "$seed" "${options[@]}"
  [[ $text == 0 ]] ||
    "$rwkvx" data tasks --out "$name-text.jsonl" --count "$text" --seed $((seed + 1)) \
      "${options[@]}" --haystack "$corpus/train.jsonl"
}

[[ -e vocab.txt ]] || "$rwkvx" vocab train --input "$corpus/train.jsonl" --size 4096 --out vocab.txt

tasks 512 15000 15000 1 --kinds passkey,numbers,words,lists,recall --lengths 160-511 --keys 1-12 --queries 1-6
tasks dense 40000 0 51 --kinds numbers,words --lengths 128-256 --keys 3-8 --queries 8-8
tasks dense 0 10000 51 --kinds numbers,words,passkey --lengths 110-256 --keys 2-8 --queries 8-8

"$rwkvx" data build --vocab vocab.txt --shuffle --seed 1 --out 512 \
  --input "$corpus/train.jsonl" --input 512-made.jsonl --input 512-text.jsonl
"$rwkvx" data build --vocab vocab.txt --shuffle --seed 1 --out dense \
  --input dense-made.jsonl --input dense-text.jsonl
"$rwkvx" data build --vocab vocab.txt --out heldout --input "$corpus/heldout.jsonl"
