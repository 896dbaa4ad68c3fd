#!/usr/bin/env bash
# Compares the greedy continuations of rwkvx and llama.cpp: compare.sh FOLDER MODEL.gguf COUNT PROMPT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
llama=$(node "$here/greedy.mjs" "$@")
ours=$("$here/../../rwkvx" generate --model "$2" --temperature 0 --max-tokens "$3" "$4")
if [[ $llama == "$ours" ]]; then
  printf 'the same: %s\n' "$ours"
else
  printf 'llama.cpp: %s\nrwkvx:     %s\n' "$llama" "$ours"
  exit 1
fi
