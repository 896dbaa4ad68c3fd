"""From markup and wrapped lines to natural text. Nothing here depends on the machine."""

import html
import re

# Typography that the keyboard has too, so that small vocabularies need not hold it twice.
PLAIN = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u02bc": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-",
    "\u2014": "--", "\u2015": "--", "\u2026": "...", "\u2022": "-", "\u00b7": "-",
    "\u2192": "->", "\u2190": "<-", "\u21d2": "=>", "\u2264": "<=", "\u2265": ">=",
    "\u2260": "!=", "\u00d7": "x", "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ",
    "\u202f": " ", "\t": " ", "\ufb01": "fi", "\ufb02": "fl", "\u00ad": "", "\u00b6": "",
    "\u0152": "OE", "\u0153": "oe",
})

# What is not Latin: other scripts, boxes, pictures, controls, halves of broken characters.
FOREIGN = re.compile("[^\n\x20-\x7e\u00a1-\u024f]+")
LONGEST_CODE = 24


def plain(text):
    """Latin letters and ASCII punctuation, single spaces, at most one blank line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(PLAIN)
    # A gap marks what goes, so that brackets around nothing else go with it.
    text = FOREIGN.sub("\x00", text)
    text = re.sub(r"[(\[][\s,;:.]*\x00[\s,;:.\x00]*[)\]]", "", text).replace("\x00", "")
    text = re.sub(r"(?<=\S) {2,}", " ", text)
    text = re.sub(r" +(?=[,;:!?)\n])", "", text)
    text = re.sub(r"(?m)^ (?=\S)", "", text)
    paragraphs = [p for p in re.split(r"\n{2,}", text.strip()) if not is_table(p)]
    kept = (p for p, before in zip(paragraphs, [""] + paragraphs) if p != before)
    return "\n\n".join(kept).strip() + "\n"


def is_table(paragraph):
    """Whether a paragraph is mostly numbers, rules or columns."""
    letters = len(re.findall(r"[A-Za-z]", paragraph))
    rest = len(re.findall(r"\S", paragraph)) - letters
    return letters == 0 or (letters + rest > 60 and rest > letters)


def without_figures(text):
    """Leaves out tables of numbers that stand in the lines of a text: where of any sixteen words
    half are figures."""
    words = re.split(r"(?<=\S) ", text)
    figure = [re.search(r"\d|^[-+$.*/%]+$", word) is not None for word in words]
    count = [0]
    for one in figure:
        count.append(count[-1] + one)
    table = [False] * len(words)
    for i in range(len(words) - 15):
        if count[i + 16] - count[i] >= 8:
            table[i : i + 16] = [True] * 16
    return " ".join(word for word, cut in zip(words, table) if not cut)


def unwrapped(text, margin=0):
    """Joins the lines of paragraphs; lines of verse and code, which are indented, stay."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [re.sub(rf"^ {{0,{margin}}}", "", line).rstrip() for line in paragraph.split("\n")]
        lines = [line for line in lines if line]
        if any(line.startswith(" ") for line in lines[1:]) or len(lines) == 1:
            paragraphs.append("\n".join(lines))
        else:
            paragraphs.append(" ".join(line.strip() for line in lines))
    return "\n\n".join(paragraphs)


BLOCKS = set("address article blockquote body center dd details div dl dt fieldset figcaption figure"
             " h1 h2 h3 h4 h5 h6 hr main ol p section summary tr ul".split())
TAG = re.compile(r"<!--.*?-->|<!\[?[^>]*>|<\?[^>]*>|<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>", re.S)
ALWAYS_LEFT_OUT = set("script style nav head table form svg button select footer".split())


def from_html(page, classes=()):
    """The text of a page without tables, long listings and elements of some classes."""
    left_out = re.compile(r"""\bclass\s*=\s*["']?[^"'>]*\b(%s)\b""" % "|".join(classes or ["^"]))
    out = []
    skipped, depth = None, 0
    code = None
    at = 0
    for tag in TAG.finditer(page):
        if not skipped:
            text = page[at : tag.start()]
            if code is None:
                out.append(re.sub(r"\s+", " ", text))
            else:
                code.append(text)
        at = tag.end()
        if not tag.group(2):
            continue
        closes, name, rest = tag.group(1) == "/", tag.group(2).lower(), tag.group(3)
        if skipped:
            if name == skipped and not rest.endswith("/"):
                depth += -1 if closes else 1
                skipped = skipped if depth else None
        elif not closes and not rest.endswith("/") and (
            name in ALWAYS_LEFT_OUT or left_out.search(rest)
        ):
            skipped, depth = name, 1
        elif name == "pre":
            if closes and code is not None:
                out.append(listing("".join(code)))
            code = None if closes else []
        elif code is None and name == "br":
            out.append("\n")
        elif code is None and name == "li":
            out.append("\n\n" if closes else "\n\n- ")
        elif code is None and name in BLOCKS:
            out.append("\n\n")
    text = html.unescape("".join(out))
    text = re.sub(r" *\n *", "\n", text)
    text = re.sub(r"\n- *\n+", "\n- ", re.sub(r"\n{3,}", "\n\n", text))
    text = re.sub(r"\n(?:- *)?\n+(?=- )", "\n", text)
    return text.replace("\x01", " ")


def listing(code):
    """A listing as a paragraph of its own, its indentation kept from what follows."""
    lines = code.expandtabs(8).strip("\n").split("\n")
    if len(lines) > LONGEST_CODE:
        return "\n\n"
    kept = (re.sub(r"^ +", lambda m: "\x01" * len(m.group()), line.rstrip()) for line in lines)
    return "\n\n" + "\n".join(kept) + "\n\n"
