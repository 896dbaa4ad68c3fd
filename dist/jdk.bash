# What building and packaging have in common; sourced by ../rwkvx and package.bash.
# shellcheck shell=bash

fail() {
  printf 'rwkvx: %s\n' "$1" >&2
  exit 1
}

is_jdk_25() {
  [[ -x $1/bin/javac && -r $1/release && $(<"$1/release") == *'JAVA_VERSION="25'[\".]* ]]
}

find_jdk() {
  local folder on_path
  on_path=$(command -v javac || true)
  [[ -z $on_path ]] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path" || echo "$on_path")")")
  for folder in \
    "${JAVA_HOME:-}" "$on_path" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/*jdk* /opt/java/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* \
    {,"${HOME:-}"}/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /{opt/homebrew,usr/local}/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if [[ -n $folder ]] && is_jdk_25 "$folder"; then
      printf '%s\n' "$folder"
      return
    fi
  done
  fail "no JDK 25 found in JAVA_HOME, PATH or the usual folders; install one (Debian: openjdk-25-jdk, macOS: brew install openjdk@25, elsewhere: adoptium.net) or point JAVA_HOME at it"
}

# record_start JAVA FLAGS APP: lets the JVM record in APP/rwkvx.aot what it loads and compiles while a
# small model generates.
record_start() {
  local java=$1 flags=@$2 app=$3 folder status=0
  folder=$(mktemp -d)
  "$java" "$flags" -jar "$app/rwkvx.jar" random --shape L2xC64 --out "$folder/start.safetensors" &&
    "$java" "$flags" -XX:AOTCacheOutput="$app/rwkvx.aot" -jar "$app/rwkvx.jar" generate \
      --model "$folder/start.safetensors" --vocab byte --raw-tokens 1,2,3,4,5,6,7,8,9,10 \
      --max-tokens 8 || status=$?
  rm -rf "$folder"
  return "$status"
}
