"""One engine for all: commands that find it elsewhere, a service, and one-line requests."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from soniq_tui.host.lock import holder
from tests.e2e.command import MANY, WAIT_S, Soniq, one_line


def state(soniq: Soniq, batch: int = 1) -> str:
    return next(b["state"] for b in soniq.status()["batches"] if b["batch"] == str(batch))


def queue(soniq: Soniq, name: str) -> dict:
    return next(q for q in soniq.status()["queues"] if q["queue"] == name)


def serve(soniq: Soniq, **how: object) -> subprocess.Popen:
    """Start the engine without a screen and wait until it can be attached to."""
    process = soniq.start("serve", **how)
    until_s = time.monotonic() + WAIT_S
    while not (soniq.data / "engine.sock").exists():
        assert process.poll() is None
        assert time.monotonic() < until_s
        time.sleep(0.01)
    return process


def test_a_headless_scan_runs_where_the_engine_is(soniq: Soniq, library: Path) -> None:
    """Beside an engine a scan runs there: same report, same exit status, nothing left here."""
    process = serve(soniq)
    done = soniq.run("scan", library, "--headless", "--json")
    report = one_line(done.stdout)
    assert (done.returncode, report["state"], report["items"]["total"]) == (1, "done", 60)
    assert report["slots"]["extract"]["peak"] >= 1
    assert len(report["errors"]) == 1
    assert one_line(soniq.run("resume", "--json").stdout) == {"batch": None}
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT_S) == 143
    assert holder(soniq.data) is None
    assert not (soniq.data / "engine.sock").exists()


def test_who_only_watches_may_go(soniq: Soniq, many: Path) -> None:
    """A signal ends the watching with its own status; the engine goes on with the batch."""
    process = serve(soniq)
    status, _, errors = soniq.interrupt("scan", many, "--headless", by=signal.SIGINT)
    assert status == 130
    assert "the work goes on" in errors
    assert process.poll() is None
    soniq.wait_for(lambda now: now.batches and now.batches[0].state == "done")


def test_a_watcher_goes_on_when_the_engine_ends(soniq: Soniq, many: Path, library: Path) -> None:
    """Of two headless scans each sees its own to the end, whichever process the engine was in."""
    first = soniq.start("scan", library, "--headless", "--json")
    soniq.wait_for(lambda now: now.batches)
    second = soniq.start("scan", many, "--headless", "--json")
    assert first.wait(WAIT_S) == 1
    output, errors = second.communicate(timeout=WAIT_S)
    assert (second.returncode, errors.count("soniq-tui:")) == (0, 0)
    assert one_line(output)["items"]["total"] == MANY
    assert [b["state"] for b in soniq.status()["batches"]] == ["done", "done"]


def test_a_killed_engine_is_replaced_by_who_watches(soniq: Soniq, many: Path) -> None:
    """``kill -9`` of the host: the one that waits for its batch takes it over and finishes it."""
    host = serve(soniq)
    watcher = soniq.start("scan", many, "--headless", "--json")
    soniq.wait_for(lambda now: any(b.items.ended for b in now.batches))
    host.kill()
    output, _ = watcher.communicate(timeout=WAIT_S)
    assert watcher.returncode == 0
    assert one_line(output)["items"] == {"total": MANY, "done": MANY, "skipped": 0, "failed": 0}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_in_order_and_goes_on_at_the_next_start(
    soniq: Soniq, many: Path, number: int
) -> None:
    """A signal ends the service within seconds, a hang-up does not; the next one goes on."""
    process = serve(soniq)
    watcher = soniq.start("scan", many, "--headless")
    soniq.wait_for(lambda now: any(b.items.ended for b in now.batches))
    process.send_signal(signal.SIGHUP)
    process.send_signal(number)
    assert process.wait(10) == 128 + number
    assert watcher.wait(10) == 3
    assert "the engine was ended" in watcher.stderr.read()
    assert state(soniq) == "running"
    serve(soniq)
    soniq.wait_for(lambda now: now.batches[0].state == "done")


def test_serve_tells_its_manager(soniq: Soniq, tmp_path: Path) -> None:
    """READY comes when the socket is there, STOPPING when the end begins."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(WAIT_S)
        soniq.env["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        process = soniq.start("serve")
        assert manager.recv(4096).startswith(b"READY=1\n")
        assert (soniq.data / "engine.sock").exists()
        process.send_signal(signal.SIGTERM)
        assert manager.recv(4096) == b"STOPPING=1"
        assert process.wait(WAIT_S) == 143


def test_only_one_service_at_a_time(soniq: Soniq) -> None:
    """A second service says who is there and ends with 3."""
    process = serve(soniq)
    done = soniq.run("serve")
    assert done.returncode == 3
    assert f"process {process.pid}" in done.stderr


def test_on_start_ask_leaves_it_paused(soniq: Soniq, many: Path) -> None:
    """With ``on_start = ask`` a service touches nothing until somebody takes it up."""
    soniq.interrupt("scan", many, "--headless", by=signal.SIGTERM)
    soniq.env["SONIQ_ENGINE__ON_START"] = "ask"
    serve(soniq)
    assert state(soniq) == "paused"
    assert soniq.run("unpause", "all").stdout == "1 batch taken up again\n"
    soniq.wait_for(lambda now: now.batches[0].state == "done")


def test_verbs_beside_an_engine(soniq: Soniq, many: Path) -> None:
    """Each verb answers in one line what it did, and the engine does it."""
    serve(soniq)
    soniq.run("hold", "insert")  # so that the batch does not end meanwhile
    soniq.start("scan", many, "--headless")
    soniq.wait_for(lambda now: any(q.active for q in now.queues))
    said = soniq.run("pause", "1").stdout
    assert said.startswith("batch 1 paused")
    soniq.wait_for(lambda now: now.batches[0].state == "paused")
    assert soniq.run("priority", "1", "-5").stdout == "batch 1: priority -5\n"
    assert soniq.run("slots", "extract", "1").stdout == "extract: 1 slots\n"
    assert queue(soniq, "extract")["slots"] == 1
    assert soniq.run("hold", "extract").stdout.startswith("extract: held")
    assert queue(soniq, "extract")["held"] is True
    assert soniq.run("release", "extract").returncode == 0
    assert queue(soniq, "extract")["held"] is False
    assert soniq.run("unpause", "all").stdout == "1 batch taken up again\n"
    assert soniq.run("cancel", "1").stdout.startswith("batch 1 cancelled")
    soniq.wait_for(lambda now: now.batches[0].state == "cancelled")
    assert soniq.run("cancel", "1").stdout == "batch 1 has ended already\n"
    assert "queued again" in soniq.run("retry", "1").stdout
    assert state(soniq) == "running"


def test_verbs_without_an_engine_are_written_down(soniq: Soniq, many: Path) -> None:
    """Where no engine runs a verb is carried out in the journal, and nothing is started."""
    soniq.interrupt("scan", many, "--headless", by=signal.SIGTERM)
    before = soniq.status()["batches"][0]["items"]
    assert soniq.run("pause", "1").stdout == "batch 1 paused\n"
    assert state(soniq) == "paused"
    assert soniq.run("slots", "extract", "1").returncode == 0
    assert soniq.run("hold", "insert").returncode == 0
    assert "'soniq-tui resume' goes on" in soniq.run("unpause", "1").stdout
    assert soniq.status()["batches"][0]["items"] == before
    assert holder(soniq.data) is None
    assert not (soniq.data / "engine.sock").exists()
    process = serve(soniq)
    assert (queue(soniq, "extract")["slots"], queue(soniq, "insert")["held"]) == (1, True)
    process.kill()
    assert soniq.run("cancel", "all").stdout.startswith("1 batch cancelled")
    assert state(soniq) == "cancelled"
    assert soniq.run("pause", "all").stdout == "no batch is open\n"


def test_retry_of_what_failed(scanned: Soniq, library: Path) -> None:
    """``retry`` queues again what failed, and ``resume`` does it."""
    assert (
        "queued again; 'soniq-tui resume' goes on" in scanned.run("retry", "1", "--failed").stdout
    )
    assert state(scanned) == "running"
    report = one_line(scanned.run("resume", "--json").stdout)
    assert (report["state"], report["items"]["failed"]) == ("done", 1)


@pytest.mark.parametrize(
    "words",
    [
        ("pause", "7"),
        ("cancel", "7"),
        ("retry", "7"),
        ("priority", "7", "1"),
        ("pause", "soon"),
        ("slots", "nowhere", "2"),
        ("slots", "extract", "0"),
        ("hold", "nowhere"),
    ],
)
def test_what_is_not_there_is_a_usage_error(soniq: Soniq, words: tuple[str, ...]) -> None:
    """An unknown batch or queue is exit status 2 and one line, with an engine and without."""
    for _ in range(2):
        done = soniq.run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        if not soniq.started:
            serve(soniq)


def test_figures_by_http(soniq: Soniq) -> None:
    """The socket of a real engine answers a monitor."""
    serve(soniq)
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.connect(str(soniq.data / "engine.sock"))
        monitor.sendall(b"GET /metrics HTTP/1.1\r\nHost: soniq\r\n\r\n")
        with monitor.makefile("rb") as answer:
            text = answer.read()
    assert text.startswith(b"HTTP/1.1 200 OK")
    assert b"# TYPE soniq" in text


def test_a_lock_of_another_boot_or_process_fools_nobody(soniq: Soniq) -> None:
    """What a lock file says counts only while its lock is held."""
    soniq.data.mkdir()
    lock = soniq.data / "host.lock"
    lock.write_text(f'{{"pid": {os.getpid()}, "started": 1, "boot": "another"}}')
    assert soniq.status()["engine"] == {"pid": None, "state": "none"}
    process = serve(soniq)
    assert soniq.status()["engine"]["pid"] == process.pid
