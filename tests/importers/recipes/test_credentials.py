"""Presets are read as people write them, and go where they are meant to go."""

from pathlib import Path

import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes.credentials import headers_for, read


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "auth.json"
    file.write_text(text)
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    "domain",
    ["a.fr", "A.FR", "www.a.fr", ".a.fr", "https://a.fr/", "https://www.a.fr/login", "a.fr:8080"],
)
def test_ways_to_write_a_domain(tmp_path: Path, domain: str) -> None:
    """An address stands for its host; a preset that nobody ever got would be no use."""
    presets = read(written(tmp_path, f'{{"{domain}": {{"type": "Bearer", "token": "t"}}}}'))
    for host in ("a.fr", "www.a.fr", "shop.a.fr"):
        assert headers_for(host, presets) == {"Authorization": "Bearer t"}
    for host in ("nota.fr", "a.fr.evil.com", "fr", ""):
        assert headers_for(host, presets) == {}


def test_letters_of_any_kind(tmp_path: Path) -> None:
    """Hosts are asked by their names in ASCII."""
    presets = read(written(tmp_path, '{"café.fr": {"type": "cookie", "values": {"a": "b"}}}'))
    assert headers_for("xn--caf-dma.fr", presets) == {"Cookie": "a=b"}


def test_a_whole_country(tmp_path: Path) -> None:
    """A name without a dot is one host, and not all below it."""
    presets = read(written(tmp_path, '{"fr": {"type": "apikey", "key": "k"}}'))
    assert headers_for("fr", presets) == {"X-API-Key": "k"}
    assert headers_for("a.fr", presets) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a.fr": {"type": "cookie", "values": null}}', "values"),
        ('{"a.fr": {"type": "basic", "values": ["x"]}}', "values"),
        ('{"": {"type": "bearer", "token": "t"}}', "no domain"),
        ('{"https://": {"type": "bearer", "token": "t"}}', "no domain"),
        ('{"a.fr": {"type": ["x"]}}', "choose one of"), ("[]", "not a JSON object"),
    ],
)  # fmt: skip
def test_what_is_no_preset(tmp_path: Path, text: str, words: str) -> None:
    """What cannot be used is named, before anything begins."""
    with pytest.raises(UsageError, match=words):
        read(written(tmp_path, text))
