#!/usr/bin/env bash
# Trains the model in the folder of prepare.sh; goes on where it was interrupted.
# Usage: train.sh [--threads N]   (options for every stage)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rwkvx=$here/../../rwkvx

stage() { # recipe, config, run, options
  local recipe=$1 config=$2 run=$3
  shift 3
  if [[ -e $run/model.safetensors ]]; then
    echo "$run is there"
  elif [[ -d $run/checkpoints ]]; then
    "$rwkvx" train "$recipe" --resume --out "$run" "$@"
  else
    "$rwkvx" train "$recipe" --config "$here/$config.toml" --out "$run" "$@"
  fi
}

stage pretrain a1-512 a1 "$@"
stage pretrain a2-dense a2 "$@"
stage pretrain a3-512 a3 "$@"
