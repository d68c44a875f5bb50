"""One engine for all: commands that find it elsewhere, a service, and one-line requests."""

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from soniq_tui.errors import HostBusyError, UsageError
from soniq_tui.host import attach
from soniq_tui.host import serve as services
from soniq_tui.host.lock import HostLock, holder
from soniq_tui.model.settings import Settings
from tests.e2e.command import MANY, ROOT, WAIT_S, Soniq, one_line

BEYOND = "9" * 23
"""A number that neither a journal nor a message can hold."""


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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soniq]:
    """An engine that nobody changes."""
    made = Soniq(tmp_path_factory.mktemp("served"))
    serve(made)
    yield made
    made.end()


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
    assert (second.returncode, errors.count("soniq-tui:")) == (0, 0), errors
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


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
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


def said(process: subprocess.Popen) -> str:
    """Return the next line of what a process says on standard error."""
    assert select.select([process.stderr], [], [], WAIT_S)[0], "it says nothing"
    return process.stderr.readline()


def test_a_service_waits_for_the_one_that_is_there(soniq: Soniq) -> None:
    """A second service says once who is there, and begins when that one has ended."""
    first = serve(soniq)
    second = soniq.start("serve")
    assert f"process {first.pid}) works in {soniq.data}; this one begins" in said(second)
    first.send_signal(signal.SIGTERM)
    assert first.wait(WAIT_S) == 143
    assert f"the engine works in {soniq.data}, process {second.pid}" in said(second)
    assert holder(soniq.data) == second.pid


def test_a_service_that_waits_can_be_ended(soniq: Soniq) -> None:
    """SIGTERM ends a service that waits, at once and with its status."""
    first = serve(soniq)
    second = soniq.start("serve")
    said(second)
    second.send_signal(signal.SIGTERM)
    assert second.wait(5) == 143
    assert holder(soniq.data) == first.pid


def test_a_service_gives_up_in_the_end(tmp_path: Path, monkeypatch, capsys) -> None:
    """After its time a service that waits ends with an error that names the other one."""
    monkeypatch.setattr(services, "WAIT_MOST_S", 0.02)
    monkeypatch.setattr(services, "LOOK_S", 0.01)
    hung_up = signal.getsignal(signal.SIGHUP)
    lock = HostLock(tmp_path)
    try:
        with pytest.raises(HostBusyError, match=f"process {os.getpid()}.*does not end"):
            services.run(Settings(data_dir=str(tmp_path)))
    finally:
        lock.release()
        signal.signal(signal.SIGHUP, hung_up)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_unit_allows_for_the_wait() -> None:
    """The manager does not lose patience before a service that waits gives up by itself."""
    unit = (ROOT / "packaging" / "soniq-tui.service").read_text()
    words = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and line[0] != "#")
    assert float(words["TimeoutStartSec"]) > services.WAIT_MOST_S + attach.PATIENCE_S
    assert words["RestartPreventExitStatus"] == str(UsageError.exit_status)


def test_names_cannot_speak_to_the_manager(soniq: Soniq, tmp_path: Path) -> None:
    """A line end in the name of the data directory makes no word of its own."""
    soniq.data = tmp_path / "data\nMAINPID=1\x1b[31m"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(WAIT_S)
        soniq.env["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        process = soniq.start("serve")
        text = manager.recv(4096).decode()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=WAIT_S)
    assert text.startswith("READY=1\nSTATUS=")
    assert (text.count("\n"), errors.count("\n")) == (1, 1)
    assert "\x1b" not in text + errors


def test_an_engine_that_hangs_is_said_to(soniq: Soniq) -> None:
    """Of an engine that does not answer the status says so, and shows what the journal has."""
    process = serve(soniq)
    assert soniq.run("hold", "insert").returncode == 0
    process.send_signal(signal.SIGSTOP)
    try:
        text = soniq.run("status").stdout
        assert text.startswith(f"engine: running, process {process.pid}, does not answer\n")
        seen = soniq.status()
    finally:
        process.send_signal(signal.SIGCONT)
    assert seen["engine"]["trouble"] == "does not answer"
    assert next(q["held"] for q in seen["queues"] if q["queue"] == "insert")


def test_on_start_ask_leaves_it_paused(soniq: Soniq, many: Path) -> None:
    """With ``on_start = ask`` a service touches nothing until somebody takes it up."""
    soniq.interrupt("scan", many, "--headless", by=signal.SIGTERM)
    soniq.env["SONIQ_ENGINE__ON_START"] = "ask"
    serve(soniq)
    assert state(soniq) == "paused"
    assert soniq.run("unpause", "all").stdout == "1 batch taken up again\n"
    soniq.wait_for(lambda now: now.batches[0].state == "done")


def test_verbs_beside_an_engine(soniq: Soniq, some: Path) -> None:
    """Each verb answers in one line what it did, and the engine does it."""
    serve(soniq)
    soniq.run("hold", "insert")  # so that the batch does not end meanwhile
    soniq.start("scan", some, "--headless")
    soniq.wait_for(lambda now: any(q.active for q in now.queues))
    said = soniq.run("pause", "1").stdout
    assert said.startswith("batch 1 paused")
    soniq.wait_for(lambda now: now.batches[0].state == "paused")
    assert soniq.run("priority", "1", "-5").stdout == "batch 1: priority -5\n"
    assert soniq.run("slots", "extract", "1").stdout == "extract: 1 slot\n"
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
    there = {q["queue"]: q for q in soniq.status()["queues"]}
    assert (there["extract"]["slots"], there["extract"]["target"]) == (1, 1)
    assert (there["insert"]["held"], there["extract"]["held"]) == (True, False)
    assert (there["extract"]["autoscaled"], there["insert"]["autoscaled"]) == (True, False)
    text = soniq.run("status").stdout
    assert f": paused ({soniq.hint('resume')} goes on)" in text
    assert "of 1 slots busy, held" in text
    assert f"{soniq.hint('resume')} goes on" in soniq.run("unpause", "1").stdout
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
        f"queued again; {scanned.hint('resume')} goes on"
        in scanned.run("retry", "1", "--failed").stdout
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
        ("pause", BEYOND),
        ("cancel", BEYOND),
        ("retry", BEYOND),
        ("retry", "-1"),
        ("priority", BEYOND, "1"),
        ("priority", "1", BEYOND),
        ("slots", "extract", BEYOND),
        ("slots", "nowhere", "2"),
        ("slots", "extract", "0"),
        ("hold", "nowhere"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    soniq: Soniq, served: Soniq, words: tuple[str, ...]
) -> None:
    """An unknown batch or queue is exit status 2 and one line, with an engine and without."""
    for each in (soniq, served):
        done = each.run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
    assert served.started[0].poll() is None


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
    engine = soniq.status()["engine"]
    assert (engine["pid"], engine["state"], engine["trouble"]) == (None, "none", "")
    process = serve(soniq)
    assert soniq.status()["engine"]["pid"] == process.pid
