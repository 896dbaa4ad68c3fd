#!/usr/bin/env python3
"""Takes texts out of the documents of prepare.sh, behind which a model has old states.

old-00.txt … old-07.txt have about 700 to 45,000 tokens, older-00.txt … older-23.txt are whole documents.
"""

import json

BYTES_PER_TOKEN = 4


def documents(name, count=None):
    with open(name + ".jsonl", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines][:count]


def write(name, texts):
    for number, text in enumerate(texts):
        with open(f"{name}-{number:02}.txt", "w", encoding="utf-8") as out:
            out.write(text)


def of_length(name, tokens):
    """The document that comes nearest, cut if it is longer."""
    length = tokens * BYTES_PER_TOKEN
    return min(documents(name), key=lambda text: abs(len(text) - length))[:length]


write(
    "old",
    [
        of_length("old-4k-made", 700),
        of_length("old-4k-text", 1_500),
        of_length("old-4k-made", 3_000),
        of_length("old-16k-made", 6_000),
        of_length("old-16k-text", 9_000),
        of_length("old-16k-made", 14_000),
        of_length("old-64k-made", 30_000),
        of_length("old-64k-text", 45_000),
    ],
)

older = documents("older-16k-made", 10) + documents("older-2k-made", 8)
older += [text[: 30_000 * BYTES_PER_TOKEN] for text in documents("64k-made", 4)]
older += documents("older-16k-text", 2)
# The order in which the model of the repository was trained: 0, 1, 10, 11, … 9.
write("older", [older[number] for number in sorted(range(len(older)), key=str)])
