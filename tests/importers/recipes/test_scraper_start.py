"""A scraper begins without reading what it does not need, and trusts no other sites for that."""

import os
from pathlib import Path

import pytest

from soniq_tui.importers.recipes.scraper_start import look_up_certificates

ONE = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("links", "chosen", "looks_up"),
    [
        (("002c0b4f.0", "02265526.0", "02265526.1"), {}, True),
        (("002c0b4f.0", "02265526.0"), {}, False),
        (("002c0b4f.0", "02265526.0", "own.pem"), {}, False),
        ((), {}, False),
        (("002c0b4f.0", "02265526.0", "02265526.1"), {"SSL_CERT_FILE": "/x"}, False),
        (("002c0b4f.0", "02265526.0", "02265526.1"), {"SSL_CERT_DIR": "/x"}, False),
    ],
)
def test_certificates(
    tmp_path: Path, links: tuple[str, ...], chosen: dict[str, str], looks_up: bool
) -> None:
    """Where the folder has all that the file has, and nobody chose, the file is not read."""
    for name in links:
        (tmp_path / name).touch()
    bundle = tmp_path / "all.crt"
    bundle.write_text(ONE * 3)
    environ = dict(chosen)
    look_up_certificates(environ, os.fspath(bundle), os.fspath(tmp_path))
    assert environ == ({"SSL_CERT_FILE": os.devnull} if looks_up else chosen)


def test_no_certificates(tmp_path: Path) -> None:
    """A system without them stays as it is."""
    environ = dict[str, str]()
    look_up_certificates(environ, os.fspath(tmp_path / "none"), os.fspath(tmp_path / "none"))
    assert not environ
