"""Starts the scraper for the engine, for one page, without what half of its start would go by with.

Among what is imported there is no garbage, and none is looked for. OpenSSL reads the 140
certificates of a system one by one, and aiohttp has it do so twice; a site needs one of them. At
the end there is nothing to tidy up: the file is on the disk, memory goes with the process.
"""

import gc
import os
import re
import ssl
import sys
from collections.abc import MutableMapping

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_HASHED = re.compile(r"[0-9a-f]{8}\.\d{1,3}")
"""How links to certificates are called by which OpenSSL finds them, see openssl-rehash(1)."""


def main() -> None:
    """Run it and end the process."""
    gc.disable()
    paths = ssl.get_default_verify_paths()
    look_up_certificates(os.environ, paths.openssl_cafile, paths.openssl_capath)
    from soniq_tui.importers.recipes import scraper

    gc.freeze()
    gc.enable()
    status = scraper.main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def look_up_certificates(environ: MutableMapping[str, str], file: str, folder: str) -> None:
    """Have OpenSSL look for a certificate when it needs one, where nobody has chosen another way.

    It does so by itself where there is no file of all. The folder has to have as many as the file:
    whoever adds one to the file alone trusts it, and goes on to.

    Args:
        environ: of this process.
        file: of all certificates that OpenSSL trusts.
        folder: of a link to each.
    """
    if {"SSL_CERT_FILE", "SSL_CERT_DIR"} & environ.keys():
        return
    try:
        with open(file, "rb") as bundle:  # noqa: PTH123  pathlib is not imported yet
            count = bundle.read().count(_BEGIN)
        linked = sum(_HASHED.fullmatch(name) is not None for name in os.listdir(folder))  # noqa: PTH208
    except OSError:
        return
    if count and linked == count:
        environ["SSL_CERT_FILE"] = os.devnull


if __name__ == "__main__":
    main()
