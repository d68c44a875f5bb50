"""From the bytes of an audio file to the fields of a Track; each step can be read by itself.

``read`` opens a file and says why it cannot be used. It asks the quick ``lanes`` first; what these
leave, ``mutagen_files`` has parsed: ``sniff`` tells what it is from its content, ``families`` picks
the values by the tables in ``names``. ``values`` and ``pictures`` give them their final form. Only
``mutagen_files`` imports mutagen as a whole, and only ``read`` imports it, when it is needed. What
mutagen has not, or not as it is, comes from ``amended`` and ``frames`` and what these import.
"""

from soniq_tui.model.job import ErrorKind

MAX_TEXT = 4096
"""Characters of a title, a name or any other text but lyrics; the rest is cut."""
MAX_LYRICS = 64 * 1024
"""Characters of lyrics; the rest is cut."""
MAX_VALUES = 64
"""Values of a list such as artists; the rest is dropped."""
MAX_READ_BYTES = 512 * 1024 * 1024
"""What reading the tags of one file may read of it.

Sound files need under 1 MiB, one with a large picture some 20 MiB; the bound is for files made to
be read for ever.
"""


class Unusable(Exception):  # noqa: N818  a finding about a file, not an error of ours
    """A file whose tags cannot be read; the message is for people."""

    def __init__(self, kind: ErrorKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
