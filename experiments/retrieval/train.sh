#!/usr/bin/env bash
# Trains the models in the folder of prepare.sh; goes on where it was interrupted.
# Usage: train.sh a|b|c|plain [--threads N]
# (options for every stage; b and c begin with the model of a, plain with one of b)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rwkvx=$here/../../rwkvx
model=$1
shift
options=("$@")

stage() { # recipe, config, run, options
  local recipe=$1 config=$2 run=$3
  shift 3
  if [[ -e $run/model.safetensors ]]; then
    echo "$run is there"
  elif [[ -d $run/checkpoints ]]; then
    "$rwkvx" train "$recipe" --resume --out "$run" "${options[@]}"
  else
    "$rwkvx" train "$recipe" --config "$here/$config.toml" --out "$run" "$@" "${options[@]}"
  fi
}

# States of a model behind the texts NAME-00.txt …, which resets go to; prints the option.
old_states() { # name, model
  local text states=()
  for text in "$1"-[0-9][0-9].txt; do
    states+=("${text%.txt}.state")
    [[ -e ${states[-1]} ]] ||
      "$rwkvx" generate --model "$2/model.safetensors" --file "$text" --max-tokens 1 \
        --save-state "${states[-1]}" >/dev/null
  done
  local IFS=,
  echo "${states[*]}"
}

# What is bundled.
bundle() { # run, name
  "$rwkvx" convert --type bf16 "$1/model.safetensors" "retrieval-$2.safetensors"
}

case $model in
  a)
    stage pretrain a1-dense a1
    stage pretrain a2-text a2
    bundle a2 base
    ;;
  b)
    [[ -e grown.safetensors ]] ||
      "$rwkvx" grow a2/model.safetensors grown.safetensors --blocks 2 --init zero --chunk-size 16 --top-k 16
    stage align b1-keys b1
    stage align b2-short b2
    old=$(old_states old b2)
    stage align b3-old b3 --reset-states "$old"
    stage align b4-passkeys b4 --reset-states "$old"
    stage align b5-sharper b5 --reset-states "$old"
    stage align b6-sharper b6 --reset-states "$old"
    older=$(old_states older b6)
    stage align b7-texts b7 --reset-states "$old,$older"
    stage long 64k b8 --model b7/model.safetensors --lr 1e-4 --lr-last 1e-5
    bundle b8 rwkv-x
    ;;
  plain)
    # The end of (b) without LongCE.
    stage long 64k plain --model b7/model.safetensors --lr 1e-4 --lr-last 1e-5 --longce=false
    ;;
  c)
    # What (b) reads, in the same order, but everything learns; then long documents.
    before=a2
    for config in b1-keys b2-short b3-old b4-passkeys b5-sharper b6-sharper b7-texts; do
      run=c${config:1:1}
      stage pretrain "$config" "$run" --model "$before/model.safetensors" --lr 5e-4 --lr-last 5e-4 \
        --reset-probability 0
      before=$run
    done
    stage pretrain c8-4k c8 --model c7/model.safetensors
    stage pretrain c9-16k c9 --model c8/model.safetensors
    stage long 64k c10 --model c9/model.safetensors
    bundle c10 rwkv-7
    ;;
  *)
    echo "train.sh: the model is '$model'; expected a, b, c or plain" >&2
    exit 2
    ;;
esac
