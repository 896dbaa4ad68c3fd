"""Packages of texts: fetched once, checked, unpacked in memory."""

import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path


class Unavailable(Exception):
    """One sentence for the user."""


@dataclass(frozen=True)
class Debian:
    """A package of Debian 12; `pool` is its folder on any mirror."""

    name: str
    version: str
    pool: str
    sha256: str

    @property
    def file(self):
        return f"{self.name}_{self.version}_all.deb"

    def __str__(self):
        return f"Debian package {self.name} {self.version}"

    def fetch(self, folder, mirrors):
        if mirrors.debian:
            download(f"{mirrors.debian}/{self.pool}/{self.file}", folder / self.file, self)
            return
        with tempfile.TemporaryDirectory(dir=folder) as work:
            run(["apt-get", "-q", "download", f"{self.name}={self.version}"], work, self,
                "--debian-mirror URL fetches it from any mirror of Debian, without apt")
            os.replace(only_file(work, self), folder / self.file)

    def unpack(self, path):
        data = path.read_bytes()
        at = 8
        while data[:8] == b"!<arch>\n" and at + 60 <= len(data):
            name = data[at : at + 16].decode("ascii").strip(" /")
            size = int(data[at + 48 : at + 58])
            if name.startswith("data.tar"):
                return unpack(data[at + 60 : at + 60 + size])
            at += 60 + size + size % 2
        raise Unavailable(f"{path}: expected a .deb archive with data.tar inside")


@dataclass(frozen=True)
class Npm:
    """A package of the npm registry."""

    name: str
    version: str
    sha256: str

    @property
    def file(self):
        return self.name.lstrip("@").replace("/", "-") + f"-{self.version}.tgz"

    def __str__(self):
        return f"npm package {self.name} {self.version}"

    def fetch(self, folder, mirrors):
        if mirrors.npm:
            plain = self.name.split("/")[-1]
            url = f"{mirrors.npm}/{self.name}/-/{plain}-{self.version}.tgz"
            download(url, folder / self.file, self)
            return
        with tempfile.TemporaryDirectory(dir=folder) as work:
            run(["npm", "pack", "--silent", f"{self.name}@{self.version}"], work, self,
                "--npm-registry URL fetches it from any registry, without npm")
            os.replace(only_file(work, self), folder / self.file)

    def unpack(self, path):
        return unpack(path.read_bytes())


@dataclass(frozen=True)
class Mirrors:
    """Where packages come from when it is not for apt-get and npm to say."""

    debian: str
    npm: str


def files_of(package, cache, mirrors):
    """The files of a package, by path; fetches it when the cache has no whole copy of it."""
    path = cache / package.file
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        package.fetch(cache, mirrors)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        path.unlink()
        raise Unavailable(f"{package}: its SHA-256 is {found}, expected {package.sha256}; "
                          "the file was removed, the next run fetches it again")
    return package.unpack(path)


def download(url, path, package):
    """Fetches a URL; what an interrupted run left is used."""
    part = path.with_name(path.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    try:
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
        with urllib.request.urlopen(request, timeout=60) as answer:
            with open(part, "ab" if answer.status == 206 else "wb") as out:
                shutil.copyfileobj(answer, out)
                out.flush()
                os.fsync(out.fileno())
    except urllib.error.HTTPError as e:
        part.unlink(missing_ok=True)
        raise Unavailable(f"{package}: {url} answered {e.code} {e.reason}") from e
    except (OSError, ValueError) as e:
        raise Unavailable(f"{package}: {url} cannot be read: {getattr(e, 'reason', e)}") from e
    os.replace(part, path)


def run(command, folder, package, otherwise):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as e:
        raise Unavailable(f"{package}: there is no {command[0]} here; {otherwise}") from e
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Unavailable(f"{package}: {' '.join(command)} failed"
                          f" ({said[-1].strip() if said else done.returncode}); {otherwise}")


def only_file(folder, package):
    found = [path for path in Path(folder).iterdir() if path.is_file()]
    if len(found) != 1:
        raise Unavailable(f"{package}: expected one file, found {len(found)}")
    return found[0]


def unpack(archive):
    """The regular files of a compressed tar archive."""
    files = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            if member.isfile():
                files[re.sub(r"^\./", "", member.name)] = tar.extractfile(member).read()
    return files
