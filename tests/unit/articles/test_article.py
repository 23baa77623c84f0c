"""Reading files that may be hostile: read, or refused with what, why and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from dearth.articles import parse_article, read_article
from dearth.articles.article import MAX_BYTES, MAX_SIGNS
from dearth.articles.grammar import extract
from dearth.errors import InputError


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.txt", "no text"),
        (b" \n\t ", "a.txt", "no text"),
        (b"rare earth\x00 60%", "a.txt", "not text"),
        (b"rare \xff\xfe\x80\x81", "a.txt", "cannot be read as text"),
        (b"\xff\xfe" + b"\x00\xd8", "a.txt", "cannot be read as text"),
        (b"%PDF-1.7 ...", "a.txt", "a PDF, not text"),
        (b"PK\x03\x04", "a.txt", "not text"),
        (b"a" * (MAX_SIGNS + 1), "a.txt", "too long"),
        (b"<html>" + b"<div>" * 50_000, "a.html", "tags"),
        (b"<html>" + b"<div>" * 5_000, "a.html", "tags"),
        (b"<html><!--" * 9, "a.html", "no text"),
        (b"<html>" + b"<" * 700_000, "a.html", "tags"),
    ],
)
def test_what_is_no_article_is_refused(data: bytes, name: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_article(data, name)
    fault = caught.value.faults[0]
    assert words in fault.what
    assert fault.cure


def test_a_file_of_one_long_line_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    path.write_bytes(b"rare earth 60% " * (10 << 20 >> 4))
    assert path.stat().st_size > MAX_BYTES
    with pytest.raises(InputError, match="too large"):
        read_article(path)


@pytest.mark.parametrize("sign", ["1", "9%", "*", "[", "from ", "一", "rare earth ", ". ", "1,"])
def test_a_text_of_one_sign_over_and_over_is_read(sign: str) -> None:
    article = parse_article((sign * (20_000 // len(sign))).encode(), "a.md")
    assert len(extract(article).statements) <= 2_000


def test_html_is_read_as_a_reader_sees_it() -> None:
    page = b"""<html><head><title>Rare earths</title>
    <meta property="article:published_time" content="2025-08-26T10:00">
    <script>China mined 1% of rare earths</script></head><body><p>China &amp; others</p><p>60&#37;</p>
    <style>p{}</style><!-- 70% --></body></html>"""
    article = parse_article(page, "a.html")
    assert (article.title, article.day, article.text) == ("Rare earths", "2025-08-26", "China & others\n60%")


def test_markdown_loses_its_marks_and_keeps_its_words() -> None:
    article = parse_article(b"# Title\n\n**China** mined *60%* of [rare earths](https://x.org).", "a.md")
    assert article.text == "Title\n\nChina mined 60% of rare earths."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_of_the_press_are_read(encoding: str) -> None:
    article = parse_article("2025-11-22\n中国占全球稀土产量的六成。".encode(encoding))
    assert (article.day, article.language) == ("2025-11-22", "zh")


def test_marks_that_hide_text_are_taken_out() -> None:
    article = parse_article("China mined \u202e%06\u202c60% of rare earths\u200b.".encode())
    assert "\u202e" not in article.text
    assert "\u200b" not in article.text
