#!/usr/bin/env bash
# Trains an arm in the folder of prepare.sh, stage by stage; goes on where it was interrupted.
# Usage: train.sh ARM [--threads N]
#   hybrid  RWKV-X, L4+2 C128, keys convolved over 3 tokens
#   plain   the same with plain keys, the paper's
#   rwkv-7  RWKV-7, L6 C128, as many parameters and blocks
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rwkvx=$here/../../rwkvx
arm=$1
shift
options=("$@")

case $arm in
  hybrid) shape=(--shape L4+2xC128 --chunk-size 16 --top-k 32 --key-conv 3) ;;
  plain) shape=(--shape L4+2xC128 --chunk-size 16 --top-k 32) ;;
  rwkv-7) shape=(--shape L6xC128) ;;
  *) echo "train.sh: no arm '$arm'; expected hybrid, plain or rwkv-7" >&2 && exit 2 ;;
esac

# The states of the RWKV-7, which has nothing else, are never cleared.
begin=()
[[ $arm != rwkv-7 ]] || begin=(--reset-probability 0)

stage() { # config, model before
  local run=$arm-$1 model=$2 config=$here/$1.toml
  if [[ -e $run/model.safetensors ]]; then
    echo "$run is there"
  elif [[ -d $run/checkpoints ]]; then
    "$rwkvx" train pretrain --resume --out "$run" "${options[@]}"
  else
    "$rwkvx" train pretrain --config "$config" --model "$model" --out "$run" "${begin[@]}" "${options[@]}"
  fi
}

[[ -e $arm.safetensors ]] ||
  "$rwkvx" init "${shape[@]}" --vocab vocab.txt --seed "${SEED:-1}" --out "$arm.safetensors"
stage bind "$arm.safetensors"
stage 1k "$arm-bind/model.safetensors"
stage 4k "$arm-1k/model.safetensors"
stage 16k "$arm-4k/model.safetensors"
stage 64k "$arm-16k/model.safetensors"
