#!/usr/bin/env bash
# Asks one model for pass keys and for values of names while its chunk size and top-k change, and writes sweep.csv and
# a picture for each task; goes on where it was interrupted.
# Usage: sweep.sh MODEL [options of eval]   (results go to the current folder; README.md has the settings)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rwkvx=$(cd "$here/../.." && pwd)/rwkvx
model=$1
shift
read -ra chunks <<<"${CHUNKS:-16 32 64 128 256 512 1024 2048}"
read -ra tops <<<"${TOPS:-2 3 8}"
lengths=${LENGTHS:-8K..128K}
depths=${DEPTHS:-5}
samples=${SAMPLES:-5}
names=${NAMES:-}

columns='task,chunk,top_k,length,samples,accuracy,accuracy_low,accuracy_high,gate_hit,gate_hit_mean'

# Rows of sweep.csv, a line for each task and length, out of results.csv.
collect() { # results.csv, chunk size, top-k
  awk -F, -v chunk="$2" -v top="$3" '
    function low(p, n) { return (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n) }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; right = ("accuracy" in at) ? at["accuracy"] : at["first_exact"]; next }
    {
      key = (("task" in at) ? $at["task"] : "passkey") SUBSEP $at["length"]
      if (!(key in n)) order[++count] = key
      n[key] += $at["samples"]
      hits[key] += $at["samples"] * $right
      if ($at["gate_hit"] == "") next
      told[key] += $at["samples"]
      any[key] += $at["samples"] * $at["gate_hit"]
      mean[key] += $at["samples"] * $at["gate_hit_mean"]
    }
    END {
      z = 1.959963984540054
      for (i = 1; i <= count; i++) {
        key = order[i]; split(key, part, SUBSEP); p = hits[key] / n[key]
        printf "%s,%d,%d,%d,%d,%.4f,%.4f,%.4f,", part[1], chunk, top, part[2], n[key], p, low(p, n[key]), 1 - low(1 - p, n[key])
        printf (told[key] ? "%.4f,%.4f\n" : ",\n"), any[key] / (told[key] ? told[key] : 1), mean[key] / (told[key] ? told[key] : 1)
      }
    }' "$1"
}

for top in "${tops[@]}"; do
  for chunk in "${chunks[@]}"; do
    out=$chunk-$top
    "$rwkvx" eval passkey --model "$model" --chunk-size "$chunk" --attention-top-k "$top" --held-out-keys --seed 1 \
      --lengths "$lengths" --depths "$depths" --samples "$samples" --out "passkey-$out" "$@"
    if [[ -n $names ]]; then
      "$rwkvx" eval recall --model "$model" --chunk-size "$chunk" --attention-top-k "$top" --seed 1 \
        --keys "$names" --lengths "$lengths" --samples $((depths * samples)) --out "recall-$out" "$@"
    fi
  done
done

echo "$columns" >sweep.csv
for top in "${tops[@]}"; do
  for chunk in "${chunks[@]}"; do
    for kind in passkey ${names:+recall}; do
      collect "$kind-$chunk-$top/results.csv" "$chunk" "$top" >>sweep.csv
    done
  done
done

# A picture for each task, with grids for each top-k: what was right, then what was chosen.
mkdir -p panels
while read -r task; do
  name=${task//\//-}
  panels=()
  for measure in accuracy gate_hit; do
    for top in "${tops[@]}"; do
      panel="panels/$name $measure top-$top.csv"
      awk -F, -v task="$task" -v top="$top" -v measure="$measure" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "chunk,length,share"; next }
        $at["task"] == task && $at["top_k"] == top { print $at["chunk"] "," $at["length"] "," $at[measure] }' \
        sweep.csv >"$panel"
      panels+=("$panel")
    done
  done
  "$rwkvx" plot --heat share --x chunk --y length --x-label 'chunk size' --y-label 'length (tokens)' \
    --out "sweep-$name.png" "${panels[@]}"
done < <(tail -n +2 sweep.csv | cut -d, -f1 | sort -u)
