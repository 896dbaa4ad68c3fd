#!/usr/bin/env bash
# Trains models of eight blocks that differ in how many are sparse and in where positions come in, and writes
# share.csv, share.png and position.csv; goes on where it was interrupted.
# Usage: run.sh CORPUS [--threads N]   (results go to the current folder; SEEDS="1 2" trains two of each)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$(cd "$here/../.." && pwd)
corpus=$1
shift
options=("$@")
read -ra seeds <<<"${SEEDS:-1}"

[[ -e vocab.txt ]] || "$home/rwkvx" vocab train --input "$corpus/train.jsonl" --size 1024 --out vocab.txt
[[ -e text.idx ]] ||
  "$home/rwkvx" data build --input "$corpus/train.jsonl" --vocab vocab.txt --shuffle --seed 1 --out text
[[ -e heldout.idx ]] || "$home/rwkvx" data build --input "$corpus/heldout.jsonl" --vocab vocab.txt --out heldout

model() { # program, run, shape, seed, options
  local rwkvx=$1 run=$2 shape=$3 seed=$4
  shift 4
  if [[ -d $run/checkpoints && ! -e $run/model.safetensors ]]; then
    "$rwkvx" train pretrain --resume --out "$run"
  elif [[ ! -e $run/model.safetensors ]]; then
    "$rwkvx" init --shape "$shape" --head-size 32 --low-rank 8 --chunk-size 64 --top-k 3 --vocab vocab.txt \
      --seed "$seed" --out "init-$run.safetensors"
    "$rwkvx" train pretrain --config "$here/train.toml" --seed "$seed" --model "init-$run.safetensors" \
      --out "$run" "$@" "${options[@]}"
  fi
}

loss() { # run; the last one measured
  awk -F, '$9 + 0 { loss = $9 } END { print loss }' "$1/metrics.csv"
}

shares() { # seed
  model "$home/rwkvx" "run-0-$1" L8xC64 "$1"
  model "$home/rwkvx" "run-12.5-$1" L7+1xC64 "$1"
  model "$home/rwkvx" "run-25-$1" L6+2xC64 "$1"
  model "$home/rwkvx" "run-50-$1" L4+4xC64 "$1"
  # No RWKV-7 block learns, and new ones add nothing: eight sparse blocks are left.
  model "$home/rwkvx" "run-100-$1" L8+8xC64 "$1" --freeze 'rwkv.blocks.*'
}

# The program with a change.
changed() { # name
  if [[ ! -e $1 ]]; then
    # It has its name when it is changed: an interrupted copy would run without the change.
    rm -rf "$1.part"
    mkdir "$1.part"
    git -C "$home" archive HEAD | tar x -C "$1.part"
    patch -d "$1.part" -p1 <"$here/$1.patch" >&2
    mv "$1.part" "$1"
  fi
  echo "$PWD/$1/rwkvx"
}

for seed in "${seeds[@]}"; do
  shares "$seed"
done
echo 'sparse_percent,seed,validation_loss' >share.csv
for share in 0 12.5 25 50 100; do
  for seed in "${seeds[@]}"; do
    echo "$share,$seed,$(loss "run-$share-$seed")" >>share.csv
  done
done
"$home/rwkvx" plot --close --x sparse_percent --y validation_loss --by seed --out share.png share.csv

echo 'position,seed,validation_loss' >position.csv
for seed in "${seeds[@]}"; do
  echo "none,$seed,$(loss "run-25-$seed")" >>position.csv
  for position in absolute rope; do
    model "$(changed "$position")" "run-$position-$seed" L6+2xC64 "$seed"
    echo "$position,$seed,$(loss "run-$position-$seed")" >>position.csv
  done
done
