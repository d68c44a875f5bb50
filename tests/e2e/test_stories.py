"""What people come for, told as they do it: they press what the screen offers, no manual read."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from soniq_tui.host.lock import holder
from soniq_tui.model.settings import cores
from soniq_tui.ui.themes import THEMES
from tests.e2e.command import MANY, SONIQ, WAIT_S, Soniq
from tests.ui.term import Term, plain

KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "space": " ",
    "tab": "\t",
    "^J": "\n",
    "Del": "\x1b[3~",
}
"""What a key is called on screen, and what it sends."""


class Person:
    """Looks at the screen, and presses only keys that are offered there."""

    def __init__(self, term: Term) -> None:
        self.term = term

    def sees(self, *words: str) -> None:
        """Wait until all the words are on the screen."""
        assert self.term.sees(*words, seconds=WAIT_S), f"{words} in\n{self.term.painted.text}"

    def takes(self, what: str) -> None:
        """Press the key beside which the screen says ``what``."""
        # "n  new batch" is "n  new batch: music library, ..." as soon as the kinds are known.
        offer = re.compile(rf"(?:^|\s)(\S+) +{re.escape(what)}(?::|\s|$)", re.MULTILINE)
        # The keys stand in the last line; where the screen has an explanation it names them, too.
        self.sees(what)
        found = offer.search(self.term.painted.lines[-1]) or offer.search(self.term.painted.text)
        assert found, f"no key is offered for {what!r} in\n{self.term.painted.text}"
        self.term.keys(KEYS.get(found[1], found[1]))
        if found[1] == "esc":  # what comes right behind it would be a key with Alt
            self.term.read(0.3)

    def types(self, text: str) -> None:
        """Type something."""
        self.term.keys(text)

    def leaves(self) -> None:
        """Leave; the shell is back."""
        self.takes("quit")
        assert self.term.ended(WAIT_S) == 0


@contextmanager
def console(soniq: Soniq, *words: object, **env: str) -> Iterator[Person]:
    """Open the console on an 80x24 terminal."""
    argv = [*SONIQ, *map(str, words), "--data-dir", str(soniq.data)]
    with Term(argv=argv, env=soniq.env | env) as term:
        yield Person(term)


def test_from_the_first_start_to_the_first_finished_scan(soniq: Soniq, library: Path) -> None:
    """A newcomer is told what to press, types a folder, and sees all of it done."""
    with console(soniq) as person:
        person.takes("new batch")
        person.sees("needed")
        person.types(str(library))
        person.sees("audio files")
        person.takes("start")
        person.sees("60/60", "idle")
        person.leaves()
    assert soniq.status()["batches"][0]["state"] == "done"


def test_why_three_items_failed_and_a_retry_of_just_them(soniq: Soniq, own_library: Path) -> None:
    """The cause is one key away, the files behind it another; mended, they alone are read again."""
    good = next(own_library.rglob("*.flac"))
    broken = [good.with_name(f"broken {number}.flac") for number in range(3)]
    for path in broken:
        path.write_bytes(b"\0" * 5000)
    with console(soniq, "scan", own_library) as person:
        person.sees("63/63", "idle")
        person.takes("errors")
        person.sees("COUNT", "corrupt")
        # The largest group stands first, so it is the one that is marked.
        person.takes("open")
        person.sees("broken 0.flac", "broken 1.flac", "broken 2.flac")
        for path in broken:
            shutil.copy(good, path)
        person.takes("back")
        person.takes("retry")
        soniq.wait_for(lambda now: now.batches[0].items.failed == 1)
        person.takes("back")
        person.sees("63/63")
        person.leaves()
    rows = soniq.export("errors")
    assert len(rows) == 1
    assert "broken" not in rows[0]["item"]


def test_the_machine_is_slowed_down_to_one_slot(soniq: Soniq, many: Path) -> None:
    """Under Queues the marked queue loses slots; the work goes on with what is left."""
    soniq.run("hold", "insert")
    with console(soniq, "scan", many) as person:
        person.sees("insert", "held")
        person.takes("all")
        person.types("queues\r")
        person.sees("SLOTS", "extract", "slots")
        lines = person.term.painted.lines
        head, row = (
            next(y for y, line in enumerate(lines) if w in line) for w in ("SLOTS", " ext")
        )
        person.types("\x1b[B" * (row - head - 1))
        for slots in range(cores() - 1, 0, -1):
            person.types("-")
            person.sees(f"extract: {slots} slot")
        person.takes("back")
        person.takes("quit")
        person.takes("stop now")
        assert person.term.ended(WAIT_S) == 0
    assert {q["queue"]: q["slots"] for q in soniq.status()["queues"]}["extract"] == 1


def test_leaving_and_coming_back(soniq: Soniq, many: Path) -> None:
    """The screen is left, the work goes on, and the same command comes back to it."""
    soniq.run("hold", "insert")
    with console(soniq, "scan", many) as person:
        person.sees("music", "live")
        person.takes("quit")
        person.takes("detach")
        assert person.term.ended(WAIT_S) == 0
        again = f"'soniq-tui --data-dir {soniq.data}' comes back to it"
        assert again in plain(person.term.all)
    host = holder(soniq.data)
    assert host is not None
    with console(soniq) as person:
        person.sees("attached", "music")
        soniq.run("release", "insert")
        person.sees(f"{MANY:,}/{MANY:,}")
        person.leaves()
    assert soniq.status()["batches"][0]["state"] == "done"


def test_a_theme_for_a_light_terminal_is_remembered(soniq: Soniq) -> None:
    """Chosen by name in the list of everything; the next start paints with it at once."""
    light = THEMES["soniq-light"].background
    assert light
    red, green, blue = (int(light[i : i + 2], 16) for i in (1, 3, 5))
    ground = f"48;2;{red};{green};{blue}m".encode()
    with console(soniq, COLORTERM="truecolor") as person:
        person.sees("quit")
        assert ground not in person.term.all
        person.takes("all")
        person.types("theme\r")
        for _ in THEMES:
            person.sees("theme: ")
            if "theme: soniq-light" in person.term.painted.text:
                break
            person.types("t")
            person.term.read(0.3)
        person.leaves()
    remembered = json.loads((soniq.data / "console.json").read_text())
    assert "soniq-light" in json.dumps(remembered)
    with console(soniq, COLORTERM="truecolor") as person:
        person.sees("quit")
        assert ground in person.term.all
        person.leaves()
