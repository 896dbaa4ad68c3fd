#!/usr/bin/env bash
# Measures the bundled models as docs/evidence.md tells; goes on where it was interrupted.
# Usage: evaluate.sh CORPUS [--threads N]   (results go to the current folder)
# With LAMBADA=FILE in the environment, the words of that file are guessed too.
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

passkey() { # name, model, lengths, samples, options
  local name=$1 model=$2 lengths=$3 samples=$4
  shift 4
  # Stages of training were chosen by looking at prompts of seed 0.
  measure "$name" "$model" passkey --held-out-keys --lengths "$lengths" --depths 5 --samples "$samples" --seed 1 "$@"
}

# Figure 1.
for model in "${models[@]}"; do
  passkey passkey "$model" 1K..64K 5
done
passkey passkey-128k rwkv-7 128K 2
passkey passkey-128k rwkv-x 128K 2
# What the sparse blocks do, and what the states do.
passkey zero-sparse rwkv-x 1K..64K 3 --zero-sparse
passkey wkv-reset rwkv-x 1K..64K 3 --wkv-reset 1K
# Constant memory.
passkey bounded rwkv-x 64K 3 --kv-cache bounded --kv-cache-max 8K --kv-cache-min 6K --kv-cache-window 1K
"$rwkvx" plot --heat accuracy --x length --y depth_percent --out passkey.png \
  passkey-{base,rwkv-7,rwkv-x}/results.csv
"$rwkvx" plot --heat accuracy --x length --y depth_percent --out ablations.png \
  {passkey,zero-sparse,wkv-reset}-rwkv-x/results.csv

# Table 2.
for model in "${models[@]}"; do
  measure needle "$model" needle --tasks niah_single_1,niah_single_2,niah_single_3,niah_multikey \
    --haystack "$corpus/heldout.jsonl" --lengths 1K..16K --samples 10
done
for model in rwkv-7 rwkv-x; do
  measure needle-64k "$model" needle --tasks niah_single_1,niah_single_2 \
    --haystack "$corpus/heldout.jsonl" --lengths 32K,64K --samples 5
done

# Table 3: short contexts, and what long ones tell.
for model in "${models[@]}"; do
  measure short "$model" ppl --text "$corpus/heldout.jsonl" --context 512
  measure long "$model" longloss --text "$corpus/heldout.jsonl" --context 16K
  [[ -z ${LAMBADA:-} ]] || measure lambada "$model" lambada --data "$LAMBADA"
done
"$rwkvx" plot --close --x to --y loss --log x --out long.png long-{base,rwkv-7,rwkv-x}/results.csv
