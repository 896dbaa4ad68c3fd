#!/usr/bin/env bash
# Uses the packages in target/ as people do who have no Java: the archive in folders of all kinds, and as root
# also alone with the C library, bash and grep, the Debian package, and the image. Takes two or three minutes.
set -euo pipefail

dist=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

passed() {
  echo "passed: $1"
}

failed() {
  echo "FAILED: $1" >&2
  exit 1
}

# use NAME FOLDER RWKVX…: what people do first; the rest of the arguments is the command, which sees FOLDER.
use() {
  local name=$1 model=$2/model.safetensors
  shift 2
  [[ $("$@" --version) == rwkvx* ]] || failed "$name: --version"
  "$@" random --shape L2xC64 --out "$model" || failed "$name: random"
  "$@" generate --model "$model" --vocab byte --max-tokens 8 Grüße >/dev/null || failed "$name: generate"
  passed "$name: --version, random, generate"
  serve "$name" "$model" "$@"
}

# serve NAME MODEL RWKVX…: starts a server, asks it, and ends it as service managers do.
serve() {
  local name=$1 model=$2 server port='' answer
  shift 2
  "$@" serve --model "$model" --vocab byte --port 0 >"$work/serve.log" 2>&1 &
  server=$!
  for _ in {1..300}; do
    port=$(grep -oE '127\.0\.0\.1:[0-9]+' "$work/serve.log" | head -n 1 | cut -d: -f2) || true
    [[ -z $port ]] || break
    sleep 0.2
  done
  [[ -n $port ]] || failed "$name: serve does not start: $(<"$work/serve.log")"
  answer=$(curl -sS --max-time 60 "http://127.0.0.1:$port/v1/completions" \
    -H 'Content-Type: application/json' -d '{"model": "model", "prompt": "Hello", "max_tokens": 4}') || true
  kill -TERM "$server"
  wait "$server" || true
  [[ $answer == *'"choices"'* ]] || failed "$name: serve answers $answer"
  passed "$name: serve"
}

# inside ROOT USER COMMAND…: runs a command as if ROOT were the whole system. A program and not a function, so
# that signals reach the command.
inside=$work/inside
cat >"$inside" <<'END'
#!/usr/bin/env bash
exec unshare --mount bash -c '
  mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" &&
    exec env -i PATH=/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8 JDK_JAVA_OPTIONS="${JDK_JAVA_OPTIONS:-}" \
      "$(command -v chroot)" --userspec="$1" "$0" "${@:2}"' "$@"
END
chmod +x "$inside"

test_archive() {
  local folder="$work/a folder, with spaces" program tool
  mkdir "$folder" "$work"/{tools,linked}
  tar -C "$folder" -xf "$1"
  program=$(echo "$folder"/*/bin/rwkvx)
  # A path with what the launcher needs, and no java.
  for tool in bash env grep readlink dirname; do
    ln -s "$(command -v "$tool")" "$work/tools"
  done
  use 'unpacked' "$work" env -i PATH="$work/tools" "$program"

  chmod -R a-w "$folder"
  ln -s "$program" "$work/link"
  ln -s ../link "$work/tools/rwkvx"
  alone=(env -i PATH="$work/tools" rwkvx)
  use 'read-only, through links' "$work/linked" "${alone[@]}"

  # The JVM ends if it may not use the cache.
  env -i PATH="$work/tools" RWKVX_JAVA_OPTS=-XX:AOTMode=on rwkvx --version >/dev/null || failed 'AOT cache'
  passed 'the AOT cache is used in another folder'
  [[ $("${alone[@]}" info "$work/missing" 2>&1) == *missing* ]] || failed 'errors are not shown'
  [[ -z $("${alone[@]}" --version 2>&1 >/dev/null) ]] || failed '--version says something on standard error'
  passed 'errors are shown, and nothing but errors'
  "${alone[@]}" demo >/dev/null || failed 'demo'
  printf 'x,y\n1,2\n2,3\n' >"$work/a.csv"
  "${alone[@]}" plot --x x --y y --out "$work/a.png" "$work/a.csv" >/dev/null || failed 'plot'
  passed 'demo, plot'
}

test_bare_system() {
  local root=$work/bare
  mkdir -p "$root"/{proc,dev,tmp,opt}
  tar -C "$root/opt" --transform='s,^[^/]*,rwkvx,S' -xf "$1"
  local programs=(/usr/bin/{env,bash,grep,readlink,dirname})
  for file in "${programs[@]}" $(ldd "${programs[@]}" "$root"/opt/rwkvx/runtime/{bin/java,lib/server/libjvm.so} |
    grep -oE '/[^ ]+\.so[^ ]*' | grep -v "^$root" | sort -u); do
    cp -L --parents "$file" "$root"
  done
  use 'alone with the C library, bash and grep' /tmp "$inside" "$root" 0:0 /opt/rwkvx/bin/rwkvx
}

test_debian_package() {
  dpkg --install "$1" >/dev/null || failed 'dpkg --install'
  mkdir "$work/debian"
  use 'Debian package' "$work/debian" env -i PATH=/usr/bin:/bin rwkvx
  env -i PATH=/usr/bin RWKVX_JAVA_OPTS=-XX:AOTMode=on rwkvx --version >/dev/null ||
    failed 'Debian package: AOT cache'
  dpkg --remove rwkvx >/dev/null || failed 'dpkg --remove'
  [[ ! -e /opt/rwkvx && ! -L /usr/bin/rwkvx ]] || failed 'Debian package: something is left'
  passed 'Debian package: can be removed'
}

# Lays the image out as a container runtime would, and runs its entry point as its user.
test_image() {
  local image=$work/image root=$work/root layer config command
  mkdir -p "$image" "$root"
  tar -C "$image" -xf "$1"
  for layer in $(jq -r '.[0].Layers[]' "$image/manifest.json"); do
    tar -C "$root" --warning=no-unknown-keyword -xf "$image/$layer"
  done
  [[ -e $root/lib64 ]] || failed 'image: only one without a base can be tried here (-Dimage.base=scratch)'
  mkdir -p "$root"/{proc,dev}
  config=$image/$(jq -r '.[0].Config' "$image/manifest.json")
  mapfile -t command < <(jq -r '.config.Entrypoint[]' "$config")
  command=("$inside" "$root" "$(jq -r .config.User "$config")" "${command[@]}")
  use 'image' /tmp "${command[@]}"
  JDK_JAVA_OPTIONS=-XX:AOTMode=on "${command[@]}" --version >/dev/null || failed 'image: AOT cache'
  passed 'image: the AOT cache is used'
}

test_archive "$dist"/target/rwkvx-*-linux-*.tar.gz
if ((EUID != 0)); then
  echo 'skipped: a bare system, the Debian package and the image, which only root can try'
  exit
fi
test_bare_system "$dist"/target/rwkvx-*-linux-*.tar.gz
test_debian_package "$dist"/target/rwkvx_*.deb
test_image "$dist"/target/rwkvx-*-image.tar
