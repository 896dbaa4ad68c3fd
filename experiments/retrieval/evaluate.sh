#!/usr/bin/env bash
# Measures the bundled models as docs/evidence.md tells; goes on where it was interrupted.
# Usage: evaluate.sh CORPUS [--threads N]   (results go to the current folder)
set -euo pipefail
home=$(cd "$(dirname "$0")/../.." && pwd)
rwkvx=$home/rwkvx
corpus=$1
shift
options=("$@")
models=(base rwkv-7 rwkv-x)

measure() { # name, model, evaluation, options
  local name=$1 model=$2 evaluation=$3
  shift 3
  "$rwkvx" eval "$evaluation" --model "$home/models/retrieval-$model.safetensors" --out "$name-$model" \
    "$@" "${options[@]}"
}

# Figure 1.
for model in "${models[@]}"; do
  measure passkey "$model" passkey --held-out-keys --lengths 1K..64K --depths 5 --samples 5
done
measure passkey-128k rwkv-x passkey --held-out-keys --lengths 128K --depths 5 --samples 2
# What the sparse blocks do, and what the states do.
measure zero-sparse rwkv-x passkey --held-out-keys --lengths 1K..64K --depths 5 --samples 3 --zero-sparse
measure wkv-reset rwkv-x passkey --held-out-keys --lengths 1K..64K --depths 5 --samples 3 --wkv-reset 1K
# Constant memory.
measure bounded rwkv-x passkey --held-out-keys --lengths 64K --depths 5 --samples 3 \
  --kv-cache bounded --kv-cache-max 8K --kv-cache-min 6K --kv-cache-window 1K
"$rwkvx" plot --heat accuracy --x length --y depth_percent --out passkey.png \
  passkey-{base,rwkv-7,rwkv-x}/results.csv
"$rwkvx" plot --heat accuracy --x length --y depth_percent --out ablations.png \
  {passkey,zero-sparse,wkv-reset}-rwkv-x/results.csv

# Table 2.
for model in "${models[@]}"; do
  measure needle "$model" needle --tasks niah_single_1,niah_single_2,niah_single_3,niah_multikey \
    --haystack "$corpus/heldout.jsonl" --lengths 1K..16K --samples 10
done

# Table 3: short contexts.
for model in "${models[@]}"; do
  measure short "$model" ppl --text "$corpus/heldout.jsonl" --context 512
done
