# Becomes the rwkvx command. Sourced by the launchers of the source tree and of the packages, which set
# home (the folder that has models/), java and app (the folder of rwkvx.jar and its AOT cache).
# RWKVX_JAVA_OPTS holds further JVM flags, for example "-Xmx32g".
# shellcheck shell=bash disable=SC2154,SC2086 # set by the launchers; a list of words

# Arguments and file names are UTF-8, also where the locale says nothing.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *[Uu][Tt][Ff]*) ;;
  *) export LC_ALL=C.UTF-8 ;;
esac

launch=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=memory.bash
source "$launch/memory.bash"

# A server that has run out of memory is to end, so that whoever watches over it starts it again; any
# other command says in a sentence that it has.
last=
[[ ${1:-} != serve ]] || last=-XX:+ExitOnOutOfMemoryError

# The JVM announces the Vector API as a warning, and has no flag against that. So its own errors go
# through grep, and those of the program to descriptor 3, which is the standard error of this script.
exec "$java" "@$launch/jvm.flags" $(native_limit) $last -XX:AOTCache="$app/rwkvx.aot" \
  "-Drwkvx.home=$home" -Drwkvx.stderr=3 ${RWKVX_JAVA_OPTS:-} -jar "$app/rwkvx.jar" "$@" \
  3>&2 2> >(exec grep -v '^WARNING: Using incubator modules: jdk.incubator.vector$' >&2)
