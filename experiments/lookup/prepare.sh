#!/usr/bin/env bash
# Makes the token streams of all stages from the corpus of scripts/corpus/build.py, in some minutes.
# Usage: prepare.sh CORPUS   (the folder with train.jsonl and heldout.jsonl; results go to the current one)
set -euo pipefail
corpus=$1
home=$(cd "$(dirname "$0")/../.." && pwd)
rwkvx=$home/rwkvx
kinds=numbers,numbers,words,codes,pairs,uuids,passkey

tasks() { # name, documents, seed, options
  local name=$1 count=$2 seed=$3
  shift 3
  "$rwkvx" data tasks --out "$name.jsonl" --count "$count" --seed "$seed" --vocab vocab.txt "$@"
}

stream() { # name, texts
  local name=$1
  shift
  "$rwkvx" data build --vocab vocab.txt --shuffle --seed 1 --out "$name" --input "$@"
}

cp "$home/models/vocab.txt" .
stream heldout "$corpus/heldout.jsonl"

# Facts and questions, nothing else.
tasks bind 72000 1 --bare --lengths 256 --keys 1-12 --queries 12 --kinds $kinds
stream bind bind.jsonl

# The same, crowded or between other sentences, and as many tokens of books.
tasks crowded 50000 21 --bare --lengths 511 --keys 1-24 --queries 24 --kinds $kinds
tasks hidden 12000 22 --lengths 256-1023 --keys 1-32 --queries 32 --kinds $kinds --haystack "$corpus/train.jsonl"
tasks noise 8000 23 --lengths 256-1023 --keys 1-32 --queries 32 --kinds $kinds
stream 1k "$corpus/train.jsonl" crowded.jsonl hidden.jsonl noise.jsonl

# Long documents.
tasks hidden-4k 900 33 --lengths 2100-4095 --keys 2-192 --queries 128 --kinds $kinds --haystack "$corpus/train.jsonl"
tasks crowded-4k 500 34 --bare --lengths 4095 --keys 32-256 --queries 128 --kinds $kinds
stream 4k hidden-4k.jsonl crowded-4k.jsonl
tasks hidden-16k 220 35 --lengths 8300-16383 --keys 1-256 --queries 256 --kinds $kinds --haystack "$corpus/train.jsonl"
stream 16k hidden-16k.jsonl
tasks hidden-64k 40 36 --lengths 32100-63999 --keys 1-256 --queries 256 --kinds $kinds --haystack "$corpus/train.jsonl"
stream 64k hidden-64k.jsonl
