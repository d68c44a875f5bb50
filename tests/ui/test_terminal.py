"""What only a real terminal shows: bytes, stalls, keys, and what is left behind."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from rich.cells import cell_len
from textual.events import Key

from benchmarks.painted import Painted
from soniq_tui.ui.frames import APART, Piece, Sent
from soniq_tui.ui.terminal import PatientApp, PatientDriver
from soniq_tui.ui.terminal_input import BEGIN, END, InputParser
from soniq_tui.ui.terminal_output import RawOutput, clipboard_sequences
from tests.ui.term import APP, Term, plain

pytestmark = pytest.mark.timeout(60)


def test_idle_sends_nothing():
    """A console with nothing to show sends no byte and starts no timer."""
    with Term("idle") as term:
        assert term.until("help")
        term.read(1.5)
        assert term.read(2.0) == b""
        term.keys("q")
        assert term.ended() == 0
        assert b"\x1b[?1049l" in term.all
        assert b"\x1b[?25h" in term.all
        assert "decision=quit code=0" in term.all.decode("utf-8", "replace")


def test_live_stays_within_its_bytes():
    """Eight slots at 80x24 cost less than 5 KiB a second."""
    with Term("live") as term:
        assert term.until("/s")
        term.read(1.0)
        assert len(term.read(2.0)) / 2.0 < 5 * 1024


def test_a_terminal_that_stops_reading_stops_nothing(tmp_path):
    """The loop beats on while the terminal does not read, and the screen is whole afterwards."""
    beat = tmp_path / "beat"
    with Term("live", env={"HEARTBEAT": str(beat), "FLOOD": "1"}) as term:
        assert term.until("/s")
        gaps, end = [], time.monotonic() + 3.0
        while time.monotonic() < end:
            time.sleep(0.55)
            gaps.append(float(beat.read_text() or 0))
            assert time.time() - beat.stat().st_mtime < 1.5
        assert max(gaps[1:]) < 400
        term.keys("?")
        assert term.until("pause or resume", 8.0)
        term.keys("q")
        assert term.until("finish")
        term.keys("s")
        assert term.ended() == 0
        dropped = re.search(r"dropped=(\d+)", term.all.decode("utf-8", "replace"))
        assert dropped
        assert int(dropped[1]) > 10


def test_key_to_paint():
    """A key is answered within a frame or two, with 100,000 live rows."""
    with Term("jobs") as term:
        assert term.until("/s")
        term.keys("2")
        assert term.until("100,000")
        took = []
        for _ in range(9):
            term.read(0.12)
            term.keys("?")
            took.append(term.until("1 keys"))
            term.read(0.12)
            term.keys("\x1b")
            assert term.until("STATE") is not None
        assert sorted(took)[4] < 0.15


def test_signals_give_the_terminal_back():
    """What a signal handler of the host asks for ends with the main screen and the given status."""
    with Term("idle") as term:
        assert term.until("help")
        term.read(0.5)
        term.process.send_signal(signal.SIGTERM)
        assert term.ended() == 143
        assert term.all.rstrip().find(b"\x1b[?1049l") > 0


def test_a_terminal_that_hangs_is_not_waited_for(tmp_path):
    """Told that its terminal is gone, the app ends though its writer is stuck in that terminal."""
    note = tmp_path / "note"
    with Term("live", env={"FLOOD": "1", "NOTE": str(note)}) as term:
        assert term.until("/s")
        time.sleep(2.0)  # nobody reads: the pty is full and the writer waits
        begun = time.monotonic()
        term.process.send_signal(signal.SIGHUP)
        while not note.exists() and time.monotonic() - begun < 20:
            time.sleep(0.01)
        assert note.read_text() == "code=129"


def test_the_main_screen_comes_back_clean():
    """Last of all the cursor goes to the top of an empty screen: tmux keeps what is above it."""
    with Term("idle") as term:
        assert term.until("help")
        term.keys("q")
        assert term.ended() == 0
        assert re.search(rb"\x1b\[H\x1b\[J(\x1b\[[<>=?0-9;]*[a-z])*\x1b\[\?1049l", term.all)


@pytest.mark.skipif(not shutil.which("tmux"), reason="shows what tmux makes of it")
@pytest.mark.parametrize("sizes", [["120x40"], ["100x30", "60x16", "120x40"]], ids=len)
def test_no_remains_in_a_resized_tmux(sizes, tmp_path):
    """After the window has grown, leaving shows what the shell had shown and nothing of ours."""
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]

    def do(*words):
        return subprocess.run([*tmux, *words], check=True, capture_output=True, text=True).stdout

    def sees(word):
        return wait_until(lambda: word in do("capture-pane", "-p"))

    shell = f"echo before; '{sys.executable}' '{APP}' idle; echo after; exec sleep 60"
    do("new-session", "-d", "-x", "80", "-y", "24", shell)
    try:
        assert sees("? help")
        for size in sizes:
            columns, rows = size.split("x")
            do("resize-window", "-x", columns, "-y", rows)
            last = str(int(rows) - 1)
            assert wait_until(lambda last=last: "? help" in do("capture-pane", "-p", "-S", last))
        do("send-keys", "q")
        assert sees("after")
        shown = [line for line in do("capture-pane", "-p").splitlines() if line]
        # How many frames find the terminal busy is a matter of the machine: what they would have
        # shown is painted later, and has been seen above.
        said = [re.sub(r"dropped=\d+$", "dropped=N", line) for line in shown]
        assert said == ["before", "decision=quit code=0 dropped=N", "after"]
    finally:
        do("kill-server")


def wait_until(true, seconds=10.0):
    """Return whether something came true in time."""
    end = time.monotonic() + seconds
    while not (came := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return came


def test_a_hung_up_terminal_ends_the_console_and_not_more(tmp_path):
    """Closing the terminal ends the console by itself, without spinning and without a decision."""
    note = tmp_path / "note"
    with Term("idle", env={"NOTE": str(note)}) as term:
        assert term.until("help")
        term.read(0.5)
        term.hang_up()
        assert term.ended() == 129
        assert note.read_text() == "code=129"


def test_hostile_names_reach_no_terminal():
    """Control sequences in names are shown, never sent."""
    with Term("hostile") as term:
        assert term.until("Live")
        for key in ("2", "\r", "\x1b", "\x1b", "e", "\r", "\r", "\x1b", "\x1b", "1", "\t", "\r"):
            term.keys(key)
            term.read(0.25)
        for bad in (b"\x1b]0;PWNED", b"\x1b[2J clear", b"\xc2\x9b31m", "\u202e".encode()):
            assert bad not in term.all
        assert "[Live]" in plain(term.all)
        assert term.process.poll() is None


def keys_of(sent, size):
    """Return what the parser makes of ``sent``, that comes in pieces of a size."""
    parser = InputParser()
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    events = [event for piece in pieces for event in parser.feed(piece)]
    return [e.key if isinstance(e, Key) else e.text for e in events]


def test_nothing_that_is_pasted_is_a_key():
    """Escapes in it would make the parser press what stands behind them; keys around it count."""
    hostile = "one\x1b[31mc\x1b q\x1b[20\x1b\x1b[Ay"
    sent = f"\x1b[A{BEGIN}{hostile}{END}\x1b[B{BEGIN}two{END}."
    for size in range(1, len(sent) + 1):
        told = keys_of(sent, size)
        assert told == ["up", "one[31mc q[20[Ay", "down", "two", "full_stop"], size


@pytest.mark.parametrize("size", [1, 2, 3, 99])
def test_an_escape_right_before_another_key_is_a_key(size):
    """Over a slow line both come at once: the search closes, and what comes next is meant."""
    sent = "\x1bq\x1b\x1b2\x1b[A\x1b/é\x1b\r\x1bb\x1bOP\x1b."
    keys = "escape q escape escape 2 up escape slash é escape enter ctrl+left f1 escape full_stop"
    assert keys_of(sent, size) == keys.split()


def test_what_comes_late_behind_an_escape_is_as_it_comes():
    """The parser has made a key of the escape meanwhile."""
    parser = InputParser()
    assert [*parser.feed("\x1b")] == []
    parser._timeout_time = 0.0
    assert [event.key for event in parser.tick()] == ["escape"]
    assert [event.key for event in parser.feed("n")] == ["n"]


def test_outside_of_a_paste_no_key_is_held_back():
    """An escape alone is a key, also where a paste could begin with it."""
    parser = InputParser()
    for piece in ("\x1b", "[", "200", "x", "\x1b[20", "\x1b"):
        assert parser.clean(piece) == piece


def test_a_paste_over_a_list_presses_nothing():
    """The driver hands on what is pasted as such."""
    with Term("jobs") as term:
        assert term.until("/s")
        term.keys(f"{BEGIN}x\x1b[3me2{END}.")
        assert term.until("frozen")
        assert "by cause" not in plain(term.all)


def test_a_letter_that_comes_in_two_pieces_is_typed():
    """Over a slow line its bytes are read one by one; the keys behind it count as well."""
    with Term("jobs") as term:
        assert term.until("/s")
        term.keys("2")
        assert term.until("Pastel")
        term.keys("/a")
        assert term.until("b")
        for piece in "é→".encode():
            os.write(term.master, bytes([piece]))
            time.sleep(0.02)  # read on its own
        term.keys("z")
        assert term.until("aé→z")


def test_mouse_and_clipboard_reach_the_terminal():
    """M switches mouse reports, y sends OSC 52."""
    with Term("live") as term:
        assert term.until("/s")
        term.keys("m")
        assert term.until("mouse")
        term.keys("y")
        assert term.until("sent to terminal")
        assert b"\x1b]52;c;" in term.all


def test_clipboard_is_wrapped_for_tmux():
    """In tmux the sequence is sent plain and in its passthrough form."""
    plain, wrapped = clipboard_sequences("[Live]", in_tmux=True)
    assert plain.startswith("\x1b]52;c;")
    assert wrapped.startswith("\x1bPtmux;\x1b\x1b]52")
    assert clipboard_sequences("\udce9", in_tmux=False)


def test_writing_to_a_closed_terminal_is_silent():
    """A terminal that is gone swallows what is written."""
    end, other = os.pipe()
    os.close(end)
    out = RawOutput(other)
    out.write("x")
    assert out.gone
    os.close(other)


@pytest.mark.parametrize("stream", ["__stdout__", "__stderr__"])
async def test_a_console_is_painted_on_the_stream_that_is_a_terminal(stream, tmp_path, monkeypatch):
    """``soniq-tui 2> errors`` showed nothing, and filled the file with pictures."""
    screen, terminal = os.openpty()
    with (tmp_path / "errors").open("w") as file, os.fdopen(terminal, "w") as out:
        for each in ("__stdin__", "__stdout__", "__stderr__"):
            monkeypatch.setattr(sys, each, out if each == stream else file)
        assert PatientDriver(PatientApp()).output == terminal
    os.close(screen)


def piece(x, *texts, y=0):
    """Return a piece; a text has the look of its place in the list."""
    runs = tuple((text, look) for look, text in enumerate(texts))
    return Piece(y, x, sum(cell_len(text) for text in texts), runs)


def test_pieces_are_sent_once():
    """What the terminal shows is not sent again until something covers it."""
    sent = Sent()
    wide, left = piece(0, "all of it"), piece(0, "left")
    assert list(sent.new([wide])) == [wide]
    assert list(sent.new([wide])) == []
    assert list(sent.new([left])) == [left]
    assert list(sent.new([wide])) == [piece(0, "all ")]
    sent.forget()
    assert list(sent.new([wide])) == [wide]


def test_of_a_line_only_what_changed_is_sent():
    """A number that grows costs its digits; two changes far apart are sent each for itself."""
    sent, gap = Sent(), " " * APART
    list(sent.new([piece(0, f" 41{gap}7", "end")]))
    assert list(sent.new([piece(0, f" 42{gap}7", "end")])) == [piece(2, "2")]
    assert [p.x for p in sent.new([piece(0, f" 52{gap}8", "end")])] == [1, APART + 3]
    assert list(sent.new([piece(0, f" 52{gap}8", "end")])) == []
    assert len(list(sent.new([piece(0, f" 52{gap}8end")]))) == 1  # another look


def test_lines_with_wide_signs_are_sent_whole():
    """Terminals think differently of how wide a sign is: what is right of it goes along."""
    sent = Sent()
    for text in ("\u97f3\u697d 1", "\u97f3\u697d 2", "e\u0301 3", "e\u0301 4", "plain"):
        assert list(sent.new([piece(0, text)])) == [piece(0, text)]
    assert list(sent.new([piece(0, "plaid")])) == [piece(4, "d")]


def test_what_is_sent_makes_the_whole_screen():
    """Whatever comes after whatever, the terminal shows the newest of each cell."""
    chance, sent, shown, wanted = random.Random(7), Sent(), Painted(4, 40), Painted(4, 40)
    for _ in range(400):
        y, x, count = chance.randrange(4), chance.randrange(30), chance.randrange(1, 10)
        text = "".join(chance.choice("aaabc \u97f3\u2588\U0001f600") for _ in range(count))[:10]
        if x + cell_len(text) > 40:
            continue
        new = piece(x, text, y=y)
        for target, parts in ((shown, sent.new([new])), (wanted, [new])):
            for part in parts:
                words = "".join(text for text, _ in part.runs)
                target.feed(f"\x1b[{part.y + 1};{part.x + 1}H{words}".encode())
        assert shown.text == wanted.text
