# How much memory a JVM may take outside its heap; sourced by the launchers.
# shellcheck shell=bash

# memory_kibibytes: what this machine has, or this container if it may take less; nothing where the system does
# not tell.
memory_kibibytes() {
  local least='' name value group file
  if [[ -r /proc/meminfo ]]; then
    while read -r name value _; do
      [[ $name != MemTotal: ]] || least=$value
    done </proc/meminfo
  elif value=$(sysctl -n hw.memsize 2>/dev/null); then
    least=$((value / 1024))
  fi
  group=$(sed -n 's/^0:://p' /proc/self/cgroup 2>/dev/null || true)
  for file in "/sys/fs/cgroup$group/memory.max" /sys/fs/cgroup/memory.max \
    /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    if [[ -r $file ]] && value=$(<"$file") && [[ $value =~ ^[0-9]{1,18}$ && -n $least ]] &&
      ((value / 1024 < least)); then
      least=$((value / 1024))
    fi
  done
  printf '%s' "$least"
}

# native_limit: the flag that keeps the caches of states within four fifths of the memory, so that a program that
# wants more ends with a sentence and not by the system's hand.
native_limit() {
  local kibibytes
  kibibytes=$(memory_kibibytes)
  [[ -z $kibibytes ]] || printf -- '-XX:MaxDirectMemorySize=%dk' $((kibibytes * 4 / 5))
}
