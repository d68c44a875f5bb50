"""Text that files, tags and pages may hold and no terminal must be sent, by kind."""

import itertools

import msgspec

from soniq_tui.model.snapshot import LogRow
from soniq_tui.model.text import shown
from tests.ui.fake_results import Library

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = "\u00ad\u200b\u200c\u2060\u2063\ufeff\u180e\U000e0041"
LINE_ENDS = ("\n", "\r\n", "\r", "\t", "\x0b", "\x0c", "\u2028", "\u2029", "\x85")
ZWJ, VS16, KEYCAP = "\u200d", "\ufe0f", "\u20e3"
KINDS = {
    "escape": [
        f"{begin}{rest}"
        for begin in ("\x1b", "\x1b\x1b", "a\x1b")
        for rest in (
            "]0;PWNED\x07",
            "]52;c;UFdORUQ=\x07",
            "]8;;http://example.org\x1b\\link",
            "[2J",
            "[31mred",
            "[?1049l",
            "[?1000h",
            "[6n",
            "[1;1Hhome",
            "c",
            "P1$r0m\x1b\\",
            "_x\x1b\\",
            "",
        )
    ],
    "c0": [f"c0 {chr(code)} end" for code in [*range(32), 127]],
    "c1": [f"c1 {chr(code)}31m end" for code in range(0x80, 0xA0)],
    "bidi": [f"name {mark}gpj.exe" for mark in BIDI],
    "zero width": [f"ze{mark}ro" for mark in UNSEEN],
    "markup": [
        "[/",
        "[b",
        "[/foo]",
        "[bold red]x",
        "[link=http://example.org]x[/link]",
        "[@click=app.quit]x[/]",
        "Artist [Live] (1999)",
        "\\[x]",
        "[[x]]",
        "[]",
        "]",
        "[b]x[/b",
        "[#ff0000 on blue]x",
        "$x ${y} %s {z}",
        "&lt;b&gt; <b>",
    ],
    "surrogate": ["lone \udce9", "\ud800", "\udcff\udcfe", "pair \ud83d\ude00", "\udc80[/\x1b"],
    "lines": [f"a{end}b" for end in LINE_ENDS] + ["\ta", "\n" * 50],
    "long": [
        "a" * 1_000_000,
        "/" * 5_000,
        "/long/" + "\u97f3" * 20_000,
        "\x1b[31m" * 20_000,
        "word " * 20_000,
        "e\u0301" * 5_000,
    ],
    "combining": [
        "\u0301 alone",
        "e" + "\u0301" * 300,
        "Z" + "\u0323\u0310\u0489" * 20 + "algo",
        "\u0e01\u0e34\u0e48 thai",
        "\u0915\u094d\u0937\u093f hindi",
        "\u1112\u1161\u11ab jamo",
    ],
    "right to left": ["\u05e9\u05dc\u05d5\u05dd", "\u0641\u064a\u0631\u0648\u0632 1", "1\u05d0[2]"],
    "emoji": [
        f"\U0001f469{ZWJ}\U0001f469{ZWJ}\U0001f467 family",
        f"\u2764{VS16} heart",
        f"1{VS16}{KEYCAP} key",
        "\U0001f1ec\U0001f1e7 flag",
        "\U0001f1ec half a flag",
        "\U0001f44d\U0001f3fd skin",
        f"{ZWJ}{ZWJ}",
        f"{VS16}",
        f"a{ZWJ}",
        f"\U0001f3f4{ZWJ}\u2620{VS16} pirate",
        "\u231a\u2b50 old ones",
    ],
    "wide": ["\u97f3\u697d \u7b2c", "\uff21\uff22", "\uff71", "\u97f3" * 60, "a\u97f3" * 40],
    "empty": ["", " ", "   ", "\u00a0", "\u3000", "."],
    "odd": ["~", "-rf", "'\"`", "\ue000", "\U0010ffff", *("a" * n for n in (60, 61, 79, 80))],
}  # fmt: skip
STRINGS = [text for texts in KINDS.values() for text in texts]
KEPT = {
    *("importer", "queue", "stage", "name", "key", "kind", "opens", "view"),
    *("place", "verb", "level", "group", "sort", "default"),
}
"""Fields whose text the engine itself chooses."""


class Poison:
    """Gives the strings one after the other, and puts them in the place of foreign text."""

    def __init__(self, strings=STRINGS):
        self.given = 0
        self._next = itertools.cycle(strings)

    def text(self):
        """Return the next one."""
        self.given += 1
        return next(self._next)

    def into(self, value, name=""):
        """Return ``value`` with every foreign text in it replaced.

        Lines of the log have passed the gate where they are kept.
        """
        if isinstance(value, LogRow):
            safe = {f: shown(self.text()) for f in ("text", "source")}
            return msgspec.structs.replace(value, **safe)
        if isinstance(value, msgspec.Struct):
            changes = {f: self.into(getattr(value, f), f) for f in value.__struct_fields__}
            return msgspec.structs.replace(value, **changes)
        if isinstance(value, tuple | list):
            return type(value)(self.into(each, name) for each in value)
        if type(value) is str and value and name not in KEPT:
            return self.text()
        return value


class HostileLibrary(Library):
    """An engine all of whose foreign text is hostile."""

    def __init__(self, snapshot):
        super().__init__(snapshot)
        self.poison = Poison()
        self.plain = snapshot
        self.jobs = 400
        self.failures = tuple(self.error(i) for i in range(200))
        self.move()

    def move(self):
        """Let the engine move on, to other names."""
        self.put(self.poison.into(self.plain))

    async def browse(self, query):
        """Return a page of hostile rows."""
        return self.poison.into(await super().browse(query))

    async def results(self, query):
        """Return a page of hostile results; its titles, too."""
        return self.poison.into(await super().results(query))

    async def detail(self, query):
        """Return hostile facts."""
        return self.poison.into(await super().detail(query))

    async def job(self, job_id):
        """Return a job that says hostile things."""
        return self.poison.into(await super().job(job_id))

    async def describe(self):
        """Return forms with hostile help."""
        return self.poison.into(await super().describe())

    async def preview(self, importer, options):
        """Return a hostile preview."""
        return self.poison.into(await super().preview(importer, options))

    async def send(self, command):
        """Answer with hostile words."""
        return self.poison.into(await super().send(command))
