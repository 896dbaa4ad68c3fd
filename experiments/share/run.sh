#!/usr/bin/env bash
# Trains five models of eight blocks that differ in how many are sparse, and writes share.csv and share.png;
# goes on where it was interrupted. Usage: run.sh CORPUS [--threads N]   (in an empty folder)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rwkvx=$here/../../rwkvx
corpus=$1
shift

[[ -e vocab.txt ]] || "$rwkvx" vocab train --input "$corpus/train.jsonl" --size 1024 --out vocab.txt
[[ -e text.idx ]] ||
  "$rwkvx" data build --input "$corpus/train.jsonl" --vocab vocab.txt --shuffle --seed 1 --out text
[[ -e heldout.idx ]] || "$rwkvx" data build --input "$corpus/heldout.jsonl" --vocab vocab.txt --out heldout

model() { # share in percent, shape, options
  local share=$1 shape=$2
  shift 2
  if [[ -d run-$share/checkpoints && ! -e run-$share/model.safetensors ]]; then
    "$rwkvx" train pretrain --resume --out "run-$share"
  elif [[ ! -e run-$share/model.safetensors ]]; then
    "$rwkvx" init --shape "$shape" --head-size 32 --low-rank 8 --chunk-size 64 --top-k 3 --vocab vocab.txt \
      --seed 1 --out "init-$share.safetensors"
    "$rwkvx" train pretrain --config "$here/train.toml" --model "init-$share.safetensors" --out "run-$share" "$@"
  fi
  awk -F, -v share="$share" '$9 + 0 { loss = $9 } END { print share "," loss }' "run-$share/metrics.csv" >>share.csv
}

echo 'sparse_percent,validation_loss' >share.csv
model 0 L8xC64 "$@"
model 12.5 L7+1xC64 "$@"
model 25 L6+2xC64 "$@"
model 50 L4+4xC64 "$@"
# No RWKV-7 block learns, and new ones add nothing: eight sparse blocks are left.
model 100 L8+8xC64 --freeze 'rwkv.blocks.*' "$@"
"$rwkvx" plot --x sparse_percent --y validation_loss --out share.png share.csv
