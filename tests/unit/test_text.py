"""Foreign text on its way to the screen."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soniq_tui.model.text import MAX_CHARS, path_text, shown, without_logins


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", ""),
        ("plain name.mp3", "plain name.mp3"),
        ("Beyonc\u00e9 \u2013 \u65e5\u672c\u8a9e", "Beyonc\u00e9 \u2013 \u65e5\u672c\u8a9e"),
        ("a\tb\nc", "a\u2409b\u240ac"),
        ("\x1b[2J", "\u241b[2J"),
        ("\x1b]0;title\x07", "\u241b]0;title\u2407"),
        ("\x00", "\u2400"),
        ("\x7f", "\u2421"),
        ("\x9b31m", "\u20399B\u203a31m"),
        ("\x85", "\u203985\u203a"),
        ("gpj.\u202eexe", "gpj.\u2039202E\u203aexe"),
        ("a\u200bb", "a\u2039200B\u203ab"),
        ("\ufeff", "\u2039FEFF\u203a"),
        ("\u2028", "\u20392028\u203a"),
        ("\udcff", "\ufffd"),
        ("\U000e0041", "\u2039E0041\u203a"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("[bold]", "[bold]"),
    ],
)
def test_shown(text: str, result: str) -> None:
    """What a terminal would obey is made visible, everything else stays."""
    assert shown(text) == result


def test_cut() -> None:
    """Text that is too long ends in an ellipsis, within the limit."""
    assert shown("x" * 10, 5) == "xxxx\u2026"
    assert shown("x" * 5, 5) == "xxxxx"
    assert len(shown("x" * 10**6)) == MAX_CHARS


@settings(derandomize=True, database=None, deadline=None, max_examples=300)
@given(st.text(st.characters(codec=None)))
def test_nothing_unsafe_is_left(text: str) -> None:
    """Whatever comes in, no control, no line break, no direction mark and no surrogate goes out."""
    result = shown(text)
    assert shown(result) == result
    for char in result:
        assert unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(char) not in {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI"}
    result.encode()


@settings(derandomize=True, database=None, deadline=None)
@given(st.binary())
def test_path_text(path: bytes) -> None:
    """Any path becomes text that can be stored, and UTF-8 stays as it is."""
    path_text(path).encode()
    try:
        assert path_text(path) == path.decode()
    except UnicodeDecodeError:
        assert "\\x" in path_text(path)


def test_stray_bytes() -> None:
    r"""Bytes that are not UTF-8 stand as ``\xNN``."""
    assert path_text(b"/m/caf\xe9.mp3") == "/m/caf\\xe9.mp3"


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("'http://ada:pa/ss@a.fr/x' is no address", "'http://a.fr/x' is no address"),
        ("ftp://ada:what?@a.fr", "ftp://a.fr"),
        ("http://ada:x7#up@a.fr and http://b.fr/@c", "http://a.fr and http://b.fr/@c"),
        ("http://a.fr:8/@ada", "http://a.fr:8/@ada"),
        ("http://a.fr:80?q=a@b", "http://a.fr:80?q=a@b"),
    ],
)
def test_a_login_that_no_address_can_have(text: str, bare: str) -> None:
    """A password with signs that end a host is no login, and is refused; it is not shown either."""
    assert without_logins(text) == bare


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("ada:geheim@nas.local:8080/x", "nas.local:8080/x"),
        ("'ada:ge#he/im@10.0.0.2/x' has no scheme", "'10.0.0.2/x' has no scheme"),
        ("http:ada:pw@10.0.0.2/x", "http:10.0.0.2/x"),
        ("server=ada:pw@localhost:9", "server=localhost:9"),
        ("write to mailto:ada@a.fr, git@a.fr:x and E-mail:ada@a.fr", None),
        ("/music/Foo:Bar@baz.com/x.mp3", None),
        ("at 12:30@a.fr/x", None),
    ],
)
def test_a_login_without_a_scheme(text: str, bare: str | None) -> None:
    """Before what is a host with a port or a path; what may be a mail address or a name stays."""
    assert without_logins(text) == (bare or text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("http://a.fr/x?token=abc&p=2", "http://a.fr/x?token=********&p=2"),
        ("http://a.fr/?p=2&Access_Token=abc#top", "http://a.fr/?p=2&Access_Token=********#top"),
        ("no 'http://a.fr/?api_key=a.b-c' here", "no 'http://a.fr/?api_key=********' here"),
        ("/x?password=a;pwd=b", "/x?password=********;pwd=********"),
        ("http://a.fr/?X-Amz-Signature=0a1b", "http://a.fr/?X-Amz-Signature=********"),
        ("http://a.fr/?key=AIzaSyD4x0123456789abc", "http://a.fr/?key=********"),
        ("http://a.fr/?key=apple-pie&code=31&auth=no", None),
        ("http://a.fr/?key=the-best-apple-pie-of-all", None),
        ("http://a.fr/?tokens=3&compass=n", None),
        ("token=abc in a sentence", None),
    ],
)
def test_a_secret_in_a_query(text: str, bare: str | None) -> None:
    """What is called a token or a password, and a key that looks like one, is shown to nobody."""
    bare = bare or text
    assert without_logins(text) == bare
    assert without_logins(bare) == bare


def test_hostile_text_is_cleaned_in_no_time() -> None:
    """Megabytes that nearly are addresses take no longer than their length."""
    began_s = time.process_time()
    for piece in ("a:", "a:b@", "?token", "&xtoken=", "http://a:", "a.", "ada:pw@a.", "?key=a"):
        without_logins(piece * 2_000)
    assert time.process_time() - began_s < 0.5
