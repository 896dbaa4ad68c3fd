#!/usr/bin/env bash
# Compares the libraries that the command is built with to the checksums in libraries.sha256. With --write the list is
# made anew, to be looked at before it is committed: after versions in the poms have changed on purpose.
set -euo pipefail

dist=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$dist/libraries.sha256
cd "$dist/../cli/target/lib" || { echo "check-libraries: build first: mvn package -DskipTests" >&2; exit 1; }

libraries() {
  find . -name '*.jar' ! -name 'rwkvx-*' -printf '%f\n' | LC_ALL=C sort
}

if [[ ${1-} == --write ]]; then
  libraries | xargs sha256sum >"$list"
elif ! diff <(sed 's/^[^ ]*  //' "$list") <(libraries) >&2; then
  echo "check-libraries: other libraries than in $list; if they are meant: check-libraries.bash --write" >&2
  exit 1
else
  sha256sum --check --strict --quiet "$list" >&2
fi
