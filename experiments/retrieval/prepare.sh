#!/usr/bin/env bash
# Makes the token streams of all stages from the corpus of scripts/corpus/build.py, in some minutes.
# Usage: prepare.sh CORPUS   (the folder with train.jsonl and heldout.jsonl; results go to the current one)
set -euo pipefail
corpus=$1
rwkvx=$(cd "$(dirname "$0")/../.." && pwd)/rwkvx

# Documents that hide facts in made-up sentences and in the corpus.
tasks() { # name, documents of either kind, seed, options
  local name=$1 made=$2 text=$3 seed=$4
  shift 4
  "$rwkvx" data tasks --out "$name-made.jsonl" --count "$made" --seed "$seed" --vocab vocab.txt "$@"
  "$rwkvx" data tasks --out "$name-text.jsonl" --count "$text" --seed $((seed + 1)) --vocab vocab.txt "$@" \
    --haystack "$corpus/train.jsonl"
}

stream() { # name, texts
  local name=$1
  shift
  "$rwkvx" data build --vocab vocab.txt --shuffle --seed 1 --out "$name" --input "$@"
}

[[ -e vocab.txt ]] || "$rwkvx" vocab train --input "$corpus/train.jsonl" --size 4096 --out vocab.txt
stream heldout "$corpus/heldout.jsonl"

# The base.
tasks dense 40000 10000 51 --kinds numbers,words,passkey --lengths 128-256 --keys 3-8 --queries 8-8
stream dense dense-made.jsonl dense-text.jsonl
tasks 512 15000 15000 1 --kinds passkey,numbers,words,lists,recall,mixed --lengths 200-511 --keys 1-12 \
  --queries 1-12
stream 512 "$corpus/train.jsonl" 512-made.jsonl 512-text.jsonl

# The alignment of the sparse blocks.
tasks keys 20000 10000 61 --kinds passkey --lengths 64-127
stream keys keys-made.jsonl keys-text.jsonl

tasks short 60000 30000 63 --kinds passkey,pairs,pairs,numbers,words,mixed --lengths 200-511 --keys 1-16 \
  --queries 16-16
stream short short-made.jsonl short-text.jsonl
tasks old 30000 15000 71 --kinds passkey,passkey,passkey,numbers,mixed --lengths 200-511 --keys 2-8 \
  --queries 8-8
stream old old-made.jsonl old-text.jsonl
tasks passkeys 15000 15000 81 --kinds passkey,passkey,numbers,mixed --lengths 160-511 --keys 1-4 --queries 9-9
stream passkeys passkeys-made.jsonl passkeys-text.jsonl
stream texts "$corpus/train.jsonl" passkeys-made.jsonl passkeys-text.jsonl

# Texts behind which a model has old states.
tasks old-4k 100 100 65 --kinds passkey,numbers,words,mixed,mixed --lengths 512-4K --keys 4-64 --queries 4-64
tasks old-16k 100 100 67 --kinds passkey,numbers,mixed,mixed --lengths 4K-16K --keys 4-128 --queries 8-128
tasks old-64k 15 50 69 --kinds passkey,numbers,mixed,mixed --lengths 32K-64000 --keys 8-256 --queries 32-256
tasks older-2k 8 1 83 --kinds passkey,mixed,mixed,mixed --lengths 1100-2047 --keys 1-3 --queries 9-9
tasks older-16k 10 2 85 --kinds passkey,mixed,mixed,mixed --lengths 8300-16384 --keys 1-3 --queries 9-9

# Long documents. Two of them in one sequence would have two pass keys, and nothing would tell sparse blocks which
# one is meant: so each fills more than half of a sequence.
tasks 4k 500 700 65 --kinds passkey,passkey,numbers,mixed,mixed --lengths 2100-4096 --keys 4-64 --queries 4-64
stream 4k 4k-made.jsonl 4k-text.jsonl
tasks 16k 100 150 67 --kinds passkey,passkey,numbers,mixed,mixed --lengths 8300-16384 --keys 4-128 \
  --queries 8-128
stream 16k 16k-made.jsonl 16k-text.jsonl
tasks 64k 25 45 69 --kinds passkey,numbers,mixed,mixed --lengths 32100-64000 --keys 8-256 --queries 32-256
stream 64k 64k-made.jsonl 64k-text.jsonl
"$(dirname "$0")/texts.py"
