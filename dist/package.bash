#!/usr/bin/env bash
# Packages the built command with a runtime of its own, for the system that this runs on: an archive, and
# where dpkg-deb is at hand a Debian package. Maven calls it: mvn -Pdist package -DskipTests
# Arguments: the version; the time that all files get (the AOT cache knows the time of each jar, so
# archive, Debian package and image must agree on it); the image's base.
set -euo pipefail

dist=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=jdk.bash
source "$dist/jdk.bash"
(($# == 3)) || fail "package.bash expects VERSION, TIME and BASE; run: mvn -Pdist package -DskipTests"
[[ $(uname -s) == Linux ]] || fail "packages are made on Linux, not on $(uname -s)"
version=$1 time=$2 base=$3
home=$(dirname "$dist")
built=$home/cli/target
target=$dist/target
tree=$target/rwkvx
jdk=$(find_jdk)
[[ -f $built/rwkvx.jar ]] || fail "$built/rwkvx.jar is missing; run: mvn -Pdist package -DskipTests"
"$dist/check-libraries.bash" || fail "the libraries are not those that are known"

# What the classes refer to, and what is looked for by name.
modules() {
  "$jdk/bin/jdeps" --multi-release 25 --ignore-missing-deps --print-module-deps \
    "$built/rwkvx.jar" "$built"/lib/*.jar
  echo jdk.incubator.vector,jdk.unsupported
}

make_tree() {
  mkdir -p "$tree"/{bin,app,licenses}
  "$jdk/bin/jlink" --add-modules "$(modules | paste -sd,)" --no-header-files --no-man-pages \
    --compress=zip-0 --output "$tree/runtime"
  cp "$dist/rwkvx" "$tree/bin"
  cp -R "$dist/launch.bash" "$dist/memory.bash" "$dist/jvm.flags" "$built/rwkvx.jar" "$built/lib" "$tree/app"
  cp -R "$home/LICENSE" "$home/models" "$tree"
  cp "$dist"/licenses/* "$target/third-party.txt" "$tree/licenses"
  chmod -R u=rwX,go=rX "$tree"
  set_time "$tree"
  record_start "$tree/runtime/bin/java" "$tree/app/jvm.flags" "$tree/app" >"$target/aot.log" 2>&1 </dev/null ||
    fail "the packaged runtime does not run; see $target/aot.log"
  [[ -f $tree/app/rwkvx.aot ]] || fail "there is no AOT cache; see $target/aot.log"
  set_time "$tree"
}

set_time() {
  find "$1" -exec touch --no-dereference --date="$time" {} +
}

make_archive() {
  local machine name
  machine=$(uname -m)
  name=rwkvx-$version-linux-${machine/x86_64/x64}
  tar -C "$target" --sort=name --owner=0 --group=0 --numeric-owner --transform="s,^rwkvx,$name,S" \
    -czf "$target/$name.tar.gz" rwkvx
  du -h "$target/$name.tar.gz"
}

# Below /opt, where programs that bring all they need belong, with a link in the path.
make_debian_package() {
  local root=$target/debian architecture package
  if ! command -v dpkg-deb >/dev/null; then
    echo "There is no dpkg-deb here: no Debian package."
    return
  fi
  architecture=$(dpkg --print-architecture)
  # A snapshot comes before the release of the same number.
  package=rwkvx_${version/-SNAPSHOT/\~SNAPSHOT}_$architecture
  mkdir -p "$root"/{DEBIAN,opt,usr/bin,usr/share/doc/rwkvx}
  cp -al "$tree" "$root/opt"
  ln -s ../../opt/rwkvx/bin/rwkvx "$root/usr/bin/rwkvx"
  cat "$tree/LICENSE" - "$tree/licenses/third-party.txt" >"$root/usr/share/doc/rwkvx/copyright" <<'END'

The texts of the licences of the libraries are in /opt/rwkvx/licenses and in the libraries, those of the
runtime in /opt/rwkvx/runtime/legal.
END
  cat >"$root/DEBIAN/control" <<END
Package: rwkvx
Version: ${version/-SNAPSHOT/\~SNAPSHOT}
Architecture: $architecture
Maintainer: The rwkvx authors
Installed-Size: $(du -sk --apparent-size "$root/opt" | cut -f1)
Depends: libc6 (>= 2.17), bash, grep
Recommends: fontconfig, fonts-dejavu-core
Section: science
Priority: optional
Description: runs, trains and serves RWKV-7 and RWKV-X language models
 The rwkvx command with a Java runtime of its own. It reads the published checkpoints as they are.
 Fonts are needed for pictures only.
END
  chmod -R u=rwX,go=rX "$root/DEBIAN" "$root/usr"
  SOURCE_DATE_EPOCH=$(date --date="$time" +%s) \
    dpkg-deb --root-owner-group -Zxz -z3 --build "$root" "$target/$package.deb" >/dev/null
  du -h "$target/$package.deb"
}

# What an empty base lacks: the C library of this machine with its UTF-8, and a place for temporary files.
make_image_root() {
  local root=$target/image-root library
  # jib looks for classes, though this module has none.
  mkdir -p "$root" "$target/classes"
  [[ $base == scratch ]] || return 0
  mkdir -p "$root"/{tmp,etc}
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  for library in $(ldd "$tree"/runtime/{bin/java,lib/server/libjvm.so,lib/*.so} |
    grep -oE '/[^ ]+/(ld-linux-.*|lib(c|dl|m|pthread|rt))\.so\.[0-9]' | sort -u) \
    /usr/lib/locale/C.utf8 /usr/share/doc/libc6/copyright; do
    [[ ! -e $library ]] || cp -RL --parents "$library" "$root"
  done
}

# jib knows files by their time, which never changes here.
rm -rf "$tree" "$target"/{debian,image-root,jib-cache} "$target"/rwkvx[-_]*
make_tree
make_archive
make_debian_package
make_image_root
