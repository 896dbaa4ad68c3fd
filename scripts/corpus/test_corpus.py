"""python3 -m unittest discover scripts/corpus"""

import io
import struct
import tarfile
import tempfile
import unittest
from pathlib import Path

import build
import cleaning
import fetch
import sources


class Cleaning(unittest.TestCase):
    def test_html_becomes_paragraphs_without_navigation_tables_and_long_listings(self):
        page = (
            '<nav>menu</nav><div class="toc"><div>contents</div></div><h1>A &amp; B</h1>'
            "<p>One\n  two.<br>Three.</p><table><tr><td>1 2 3</td></tr></table><ul><li><p>first</p>"
            "</li><li>second</li></ul><pre>if x:\n    y = <b>1</b>\n</pre><pre>" + "x = 1\n" * 25
            + "</pre><script>var a = '<p>';</script>"
        )
        self.assertEqual(
            cleaning.plain(cleaning.from_html(page, ("toc",))),
            "A & B\n\nOne two.\nThree.\n- first\n- second\n\nif x:\n    y = 1\n",
        )

    def test_what_is_not_latin_or_not_words_is_left_out(self):
        text = "\u201cIt\u2019s\u201d \u2014 caf\u00e9 (\u05d0\u05d1)\x07 f() x\n\n\n| --- |\n\nsame\n\nsame\n"
        self.assertEqual(cleaning.plain(text), "\"It's\" -- caf\u00e9 f() x\n\nsame\n")

    def test_lines_are_joined_but_verse_stays(self):
        text = "One\ntwo\n\nSaid he:\n    A rose\n    is red\n"
        self.assertEqual(cleaning.unwrapped(text), "One two\n\nSaid he:\n    A rose\n    is red")

    def test_tables_in_running_text_are_left_out(self):
        table = " ".join(f"{i}.00 -" for i in range(20))
        words = "there were words before and after it that said something about the year 1910"
        kept = cleaning.without_figures(f"{words} {table} {words}")
        self.assertRegex(kept, "^there were words .* about the year 1910$")
        self.assertNotIn(".00", kept)


class Sources(unittest.TestCase):
    def test_vectors_of_strings_are_read(self):
        lines = [b"EMMA", b"", "caf\u00e9".encode()]
        data = b"X\n" + struct.pack(">iii", 3, 0x040201, 0x030500) + struct.pack(">i", 5) + b"UTF-8"
        data += struct.pack(">ii", 16, len(lines))
        for line in lines:
            data += struct.pack(">ii", 0x40009, len(line)) + line
        self.assertEqual(sources.strings(data), ["EMMA", "", "caf\u00e9"])

    def test_countries_have_their_whole_names(self):
        def country(**names):
            return {"Government": {"Country name": {k.replace("_", " "): {"text": v} for k, v in names.items()}}}

        self.assertEqual(
            sources.country_name(country(conventional_short_form="none",
                                         conventional_long_form="United Arab Emirates")),
            "United Arab Emirates",
        )
        self.assertEqual(
            sources.country_name(country(conventional_short_form="Falkland Islands (Malvinas)")),
            "Falkland Islands",
        )
        self.assertEqual(sources.country_name({"Introduction": {}}), "")

    def test_osis_keeps_chapters_and_paragraphs(self):
        text = (
            '<chapter n="2" osisID="Gen.2" sID="Gen.2"/><div sID="a" type="x-p"/><w>The</w> <w>sky</w>'
            "<note>or heaven</note>, he said.<l level='1' sID='b'/>One<l eID='b'/>"
        )
        self.assertEqual(cleaning.plain(sources.osis(text)), "Chapter 2\n\nThe sky, he said.\nOne\n")


class Build(unittest.TestCase):
    def test_whole_works_are_held_out_and_versions_of_one_together(self):
        found = [
            build.Document(source, "c", f"k{i}", "", "x" * 100)
            for source in ("a", "b")
            for i in range(50)
        ]
        found.append(build.Document("a", "c", "large", "", "x" * 100_000))
        chosen = build.held_out(found)
        self.assertNotIn(("c", "large"), chosen)
        held = sum(d.size for d in found if (d.collection, d.key) in chosen)
        self.assertGreaterEqual(held, 0.03 * sum(d.size for d in found))
        self.assertEqual(chosen, build.held_out(list(reversed(found))))

    def test_a_damaged_package_is_removed_and_a_whole_one_unpacked(self):
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w:gz") as out:
            entry = tarfile.TarInfo("./data.txt")
            entry.size = 2
            out.addfile(entry, io.BytesIO(b"ok"))
        with tempfile.TemporaryDirectory() as folder:
            package = fetch.Npm("p", "1", "0" * 64)
            path = Path(folder) / package.file
            path.write_bytes(tar.getvalue())
            self.assertEqual(package.unpack(path), {"data.txt": b"ok"})
            with self.assertRaisesRegex(fetch.Unavailable, "its SHA-256 is"):
                fetch.files_of(package, Path(folder), fetch.Mirrors("", ""))
            self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main()
