"""The socket: who may come, how they are greeted, and that a bad peer harms nobody."""

import asyncio
import os
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from soniq_tui import __version__, api
from soniq_tui.api import address, sources, wire
from soniq_tui.api import client as clients
from soniq_tui.api import peer as peers
from soniq_tui.api import server as servers
from soniq_tui.api.client import RemoteClient
from soniq_tui.api.server import Server
from soniq_tui.errors import EngineError, UsageError
from soniq_tui.model.snapshot import Query, View
from tests.api.conftest import Nobody
from tests.waiting import until

SOON_S = 5.0
OPEN = Path("/proc/self/fd")


async def raw(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    with address.reachable(folder) as path:
        return await asyncio.open_unix_connection(path)


async def greeted(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection whose greeting is over."""
    reader, writer = await raw(folder)
    writer.write(wire.frame(wire.Hello(), 1000))
    await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
    return reader, writer


async def let_go(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return what still comes until the server has closed the connection."""
    async with asyncio.timeout(SOON_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def works(folder: Path) -> bool:
    """Say whether another client is served as ever."""
    client = await RemoteClient.connect(folder)
    try:
        async with asyncio.timeout(SOON_S):
            return (await client.snapshot()).version == 1
    finally:
        await client.close()


async def test_the_socket_is_its_owners(server: Server, tmp_path: Path) -> None:
    """The socket has mode 0600 from its first moment, and goes with the server."""
    assert stat.S_IMODE((tmp_path / "engine.sock").stat().st_mode) == 0o600
    await server.close()
    assert not names(tmp_path)


@pytest.mark.parametrize("left", ["engine.sock", "engine.sock.new"])
async def test_what_a_dead_host_left_is_replaced(left: str, nobody: Nobody, tmp_path: Path) -> None:
    """A stale socket, or one that was never finished, is no obstacle."""
    (await asyncio.to_thread(address.listen, tmp_path)).close()
    if left.endswith("new"):
        (tmp_path / "engine.sock").rename(tmp_path / left)
    server = Server(nobody, tmp_path)
    await server.start()
    assert await works(tmp_path)
    await server.close()


async def test_a_path_can_be_longer_than_an_address(nobody: Nobody, tmp_path: Path) -> None:
    """A data directory deep down, with a name in any letters, has its socket too."""
    folder = tmp_path / ("d" * 100) / "é音楽" / ("x" * 120)
    folder.mkdir(parents=True)
    before = names(OPEN)
    server = Server(nobody, folder)
    await server.start()
    assert await works(folder)
    await server.close()
    assert not names(folder)
    assert len(names(OPEN) - before) <= 1  # the listing itself


async def test_what_serves_is_there_before_an_update(
    nobody: Nobody, tmp_path: Path, monkeypatch
) -> None:
    """A host that nobody has called yet loads what it serves with while its files are its own."""
    monkeypatch.setattr(servers, "LOAD_AFTER_S", 0.0)
    monkeypatch.setattr(api, "peer", peers)
    monkeypatch.delitem(sys.modules, peers.__name__)
    server = Server(nobody, tmp_path)
    await server.start()
    await until(lambda: peers.__name__ in sys.modules)
    await server.close()


async def test_a_client_finds_out_that_the_host_runs_other_code(
    server: Server, tmp_path: Path, monkeypatch
) -> None:
    """One that began before an update, or is too old to tell, does; where nothing is known none."""
    client = await RemoteClient.connect(tmp_path)
    assert not await client.runs_other_code()
    client.code = ""
    assert await client.runs_other_code()
    monkeypatch.setattr(sources, "_seen", [sources.UNKNOWN])
    assert not await client.runs_other_code()
    await client.close()
    client = await RemoteClient.connect(tmp_path)
    monkeypatch.setattr(sources, "_seen", ["known"])
    assert not await client.runs_other_code()  # the host could not look at its own
    await client.close()
    monkeypatch.setattr(sources, "_seen", ["before the update"])
    client = await RemoteClient.connect(tmp_path)
    monkeypatch.undo()
    assert await client.runs_other_code()
    await client.close()


async def test_a_greeting_waits_for_no_disk(server: Server, tmp_path: Path) -> None:
    """Where all threads wait for a mount that hangs, whoever comes is greeted all the same."""
    await asyncio.to_thread(sources.running)
    loop, gate = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    hangs = loop.run_in_executor(None, gate.wait)
    try:
        async with asyncio.timeout(1):
            client = await RemoteClient.connect(tmp_path)
            assert not await client.runs_other_code()
        assert not hangs.done()
    finally:
        gate.set()
        await hangs
    await client.close()


async def test_a_host_knows_its_code_before_an_update(
    nobody: Nobody, tmp_path: Path, monkeypatch
) -> None:
    """It looks soon after its start, whether somebody calls or not."""
    asked = threading.Event()
    monkeypatch.setattr(servers, "LOAD_AFTER_S", 0.0)
    monkeypatch.setattr(sources, "running", asked.set)
    server = Server(nobody, tmp_path)
    await server.start()
    await until(asked.is_set)
    await server.close()


def test_the_digest_of_the_code(tmp_path: Path) -> None:
    """Other bytes, times and names are another code; what Python writes beside it is none."""
    (tmp_path / "ui" / "__pycache__").mkdir(parents=True)
    file = tmp_path / "ui" / "app.py"
    file.write_text("1")
    os.utime(file, (1, 1))
    seen = [sources.digest(tmp_path)]
    (tmp_path / "ui" / "__pycache__" / "app.py").touch()
    (tmp_path / "ui" / "notes.txt").touch()
    assert sources.digest(tmp_path) == seen[0]
    os.utime(file, (1, 2))
    seen.append(sources.digest(tmp_path))
    file.write_text("12")
    os.utime(file, (1, 2))
    seen.append(sources.digest(tmp_path))
    file.rename(tmp_path / "ui" / "apps.py")
    seen.append(sources.digest(tmp_path))
    assert len(set(seen)) == 4
    assert sources.digest(tmp_path / "gone") == sources.UNKNOWN


async def test_other_users_are_not_let_in(server: Server, tmp_path: Path, monkeypatch) -> None:
    """Only the same user and root may speak, whatever the modes of the folder."""
    monkeypatch.setattr(servers.address, "peer_uid", lambda _: os.getuid() + 1)
    with pytest.raises(OSError, match=r"gone|reset|Broken"):
        await RemoteClient.connect(tmp_path)
    monkeypatch.setattr(servers.address, "peer_uid", lambda _: 0)
    assert await works(tmp_path)


async def test_the_kernel_names_the_peer(tmp_path: Path) -> None:
    """The user at the other end is the one that the kernel says it is."""
    listener = await asyncio.to_thread(address.listen, tmp_path)
    _, writer = await raw(tmp_path)
    connection, _ = await asyncio.get_running_loop().sock_accept(listener)
    assert address.peer_uid(connection) == os.getuid()
    for each in (writer, connection, listener):
        each.close()


@pytest.mark.parametrize("other", [wire.Hello(version="0.0.7"), wire.Hello(protocol=99)])
async def test_another_version_is_told_in_words(
    other: wire.Hello, server: Server, tmp_path: Path, monkeypatch
) -> None:
    """A client of another version says which is which and what to do; the server stays."""
    hellos = iter([other, wire.Hello(pid=os.getpid())])  # the client's, the server's
    monkeypatch.setattr(wire, "Hello", lambda **_: next(hellos))
    with pytest.raises(EngineError, match=rf"soniq-tui {__version__}.*process {os.getpid()}"):
        await RemoteClient.connect(tmp_path)
    monkeypatch.undo()
    assert await works(tmp_path)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\xff\xff\xff\xff",  # longer than any frame
        b"\x00\x00\x00\x02\xc1\xc1",  # no msgpack
        b"\x00\x00\x00\x01\xc0",  # no hello
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"\x00\x00\x00\x00",
    ],
)
async def test_nonsense_is_let_go(nonsense: bytes, server: Server, tmp_path: Path) -> None:
    """Who does not speak our language is let go at once; others are served as ever."""
    reader, writer = await raw(tmp_path)
    writer.write(nonsense)
    assert await let_go(reader, writer) == b""
    reader, writer = await greeted(tmp_path)
    writer.write(nonsense)
    assert await let_go(reader, writer) == b""
    assert await works(tmp_path)


async def test_a_peer_that_stalls_is_let_go(server: Server, tmp_path: Path, monkeypatch) -> None:
    """A frame that was begun has to come; a silent peer after its greeting may stay."""
    monkeypatch.setattr(peers, "STALL_S", 0.05)
    silent = await greeted(tmp_path)
    for begun in (b"", b"\x00", b"\x00\x00\x01\x00half"):
        reader, writer = await raw(tmp_path)
        writer.write(begun)
        assert await let_go(reader, writer) == b""
    assert not silent[0].at_eof()
    assert server.peers == 1
    silent[1].close()


async def test_a_peer_that_takes_no_answers_is_let_go(
    server: Server, nobody: Nobody, tmp_path: Path, monkeypatch
) -> None:
    """Answers that nobody takes are not piled up: the peer goes, others are served meanwhile."""
    monkeypatch.setattr(peers, "WRITE_S", 0.1)
    nobody.metrics = lambda: asyncio.sleep(0, "x" * 4_000_000)
    reader, writer = await greeted(tmp_path)
    for number in range(1, 20):
        request = wire.Request(number, "metrics", wire.raw(None))
        writer.write(wire.frame(request, 1000))
    await until(lambda: server.peers == 1)
    assert await works(tmp_path)
    await until(lambda: server.peers == 0)
    writer.transport.abort()
    assert reader is not None


async def test_a_flood_is_worked_off_a_part_at_a_time(
    server: Server, nobody: Nobody, tmp_path: Path
) -> None:
    """So many requests of one peer are worked on at once; the others wait in its own socket."""
    _, writer = await greeted(tmp_path)
    for number in range(1, 500):
        query = Query(view=View.JOBS, offset=number)
        writer.write(wire.frame(wire.Request(number, "browse", wire.raw(query)), 1000))
    await until(lambda: nobody.working == peers.AT_ONCE)
    assert await works(tmp_path)
    nobody.gate.set()
    await until(lambda: nobody.working == 0)
    assert nobody.peak == peers.AT_ONCE
    writer.close()


async def test_too_many_waits_and_twice_the_same_number_are_let_go(
    server: Server, nobody: Nobody, tmp_path: Path
) -> None:
    """A peer that asks for ever to be woken, or counts wrong, is let go with all it asked."""
    reader, writer = await greeted(tmp_path)
    for number in range(1, peers.WAITING_MOST + 2):
        writer.write(wire.frame(wire.Request(number, "changed", wire.raw(1)), 1000))
    await let_go(reader, writer)
    await until(lambda: server.peers == 0)
    reader, writer = await greeted(tmp_path)
    for _ in range(2):
        writer.write(wire.frame(wire.Request(5, "changed", wire.raw(1)), 1000))
    await let_go(reader, writer)
    await until(lambda: server.peers == 0)
    assert await works(tmp_path)


async def test_requests_that_cannot_be_are_refused(server: Server, tmp_path: Path) -> None:
    """An unknown method or a wrong argument is refused in words; the connection stays."""
    client = await RemoteClient.connect(tmp_path)
    with pytest.raises(EngineError, match="knows no 'dance'"):
        await client._call("dance")
    with pytest.raises(EngineError, match="misspoken"):
        await client._call("browse", {"view": "nothing"})
    with pytest.raises(
        EngineError, match=rf"\(process {os.getpid()}\) is older than this .* end it"
    ):
        await client._call("send", {"type": "Unheard"})
    with pytest.raises(UsageError, match="cannot be sent"):
        await client.launch("music", {"paths": ["/m/\udce9"]})
    with pytest.raises(UsageError, match="cannot be sent"):
        await client.launch("music", {"paths": ["x" * wire.REQUEST_MOST_BYTES]})
    with pytest.raises(UsageError, match="cannot be sent"):
        await client.preview("music", {"limit": 2**64})
    assert (await client.snapshot()).version == 1
    await client.close()


async def test_an_answer_that_cannot_be_sent_is_refused(
    server: Server, nobody: Nobody, tmp_path: Path
) -> None:
    """Nobody waits without end for a number that no message holds: a plug-in may count so far."""
    nobody.metrics = lambda: asyncio.sleep(0, 2**64)
    client = await RemoteClient.connect(tmp_path)
    with pytest.raises(EngineError, match="cannot be sent"):
        async with asyncio.timeout(0.5):
            await client.metrics()
    await client.close()


async def test_an_answer_that_is_too_long_is_refused(
    server: Server, nobody: Nobody, tmp_path: Path, monkeypatch
) -> None:
    """What does not fit into a frame is an error in words, not the end of the connection."""
    monkeypatch.setattr(wire, "ANSWER_MOST_BYTES", 1000)
    nobody.metrics = lambda: asyncio.sleep(0, "x" * 2000)
    client = await RemoteClient.connect(tmp_path)
    with pytest.raises(EngineError, match="ask for less"):
        await client.metrics()
    await client.close()


async def test_what_has_not_changed_is_not_sent_again(
    server: Server, nobody: Nobody, tmp_path: Path
) -> None:
    """A snapshot that the client has is not sent a second time while nothing runs."""
    client = await RemoteClient.connect(tmp_path)
    first = await client.snapshot()
    assert await client.snapshot() is first
    nobody.version = 2
    assert (await client.snapshot()).version == 2
    await client.close()


async def test_who_leaves_takes_its_requests_along(
    server: Server, nobody: Nobody, tmp_path: Path
) -> None:
    """What a peer waited for ends with its connection."""
    client = await RemoteClient.connect(tmp_path)
    waiting = asyncio.create_task(client.changed(1))
    await client.snapshot()
    await client.close()
    with pytest.raises(OSError, match="gone"):
        await waiting
    await until(lambda: nobody.dropped == 1 and server.peers == 0)


async def test_a_lost_host_is_an_oserror_everywhere(server: Server, tmp_path: Path) -> None:
    """All who wait learn at once that the host has gone, and so do all who ask later."""
    client = await RemoteClient.connect(tmp_path)
    waits = [asyncio.create_task(client.changed(1)) for _ in range(3)]
    await client.snapshot()
    await server.close()
    async with asyncio.timeout(SOON_S):
        found = await asyncio.gather(*waits, return_exceptions=True)
    assert [type(each) for each in found] == [ConnectionResetError] * 3
    with pytest.raises(OSError, match="gone"):
        await client.snapshot()
    with pytest.raises(OSError, match=r"[Nn]o such file"):
        await RemoteClient.connect(tmp_path)
    await client.close()


async def test_a_last_word_is_an_error_and_no_lost_connection(
    server: Server, tmp_path: Path
) -> None:
    """A host that was ended on purpose says so, and nobody comes again."""
    client = await RemoteClient.connect(tmp_path)
    waiting = asyncio.create_task(client.changed(1))
    await client.snapshot()
    await server.close("ended by somebody")
    for ask in (waiting, client.snapshot()):
        with pytest.raises(EngineError, match="ended by somebody"):
            await ask
    await client.close()


async def test_a_host_that_raves_is_an_error(tmp_path: Path) -> None:
    """Something else that listens there is named; a host that answers nonsense is left."""

    async def rave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0))
        await reader.read()
        writer.close()
        left.release()

    left = asyncio.Semaphore(0)
    good = wire.frame(wire.Hello(), 1000)
    answers = [b"SSH-2.0-OpenSSH\r\n", good + b"\x00\x00\x00\x01\xc1"]
    listener = await asyncio.to_thread(address.listen, tmp_path)
    server = await asyncio.start_unix_server(rave, sock=listener)
    with pytest.raises(EngineError, match="no engine"):
        await RemoteClient.connect(tmp_path)
    client = await RemoteClient.connect(tmp_path)
    with pytest.raises(EngineError, match="raves"):
        await client.snapshot()
    await client.close()
    for _ in range(2):
        await left.acquire()  # its side of each connection is closed
    server.close()


async def test_a_host_that_does_not_greet_is_given_up(tmp_path: Path, monkeypatch) -> None:
    """A host that is stopped (SIGSTOP) is an OSError after a while, not a wait for ever."""
    monkeypatch.setattr(clients, "GREETING_S", 0.05)
    listener = await asyncio.to_thread(address.listen, tmp_path)
    with pytest.raises(TimeoutError):
        await RemoteClient.connect(tmp_path)
    listener.close()


@pytest.mark.parametrize(
    ("request_line", "status", "body"),
    [
        (b"GET /metrics HTTP/1.1", b"200 OK", b"soniq_jobs 1\n"),
        (b"HEAD /metrics HTTP/1.1", b"200 OK", b""),
        (b"GET / HTTP/1.1", b"404 Not Found", b"there is /metrics\n"),
        (b"POST /metrics HTTP/1.1", b"405 Method Not Allowed", b"GET it\n"),
    ],
)
async def test_a_monitor_reads_figures_by_http(
    request_line: bytes, status: bytes, body: bytes, server: Server, tmp_path: Path
) -> None:
    """``curl --unix-socket`` gets the figures as Prometheus text on the same socket."""
    reader, writer = await raw(tmp_path)
    writer.write(request_line + b"\r\nHost: soniq\r\n\r\n")
    head, _, found = (await let_go(reader, writer)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert b"text/plain; version=0.0.4" in head
    assert found == body
    assert server.peers == 0


async def test_http_without_end_is_let_go(server: Server, tmp_path: Path) -> None:
    """Headers that never end are not kept."""
    reader, writer = await raw(tmp_path)
    writer.write(b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 50_000)
    assert await let_go(reader, writer) == b""
    assert await works(tmp_path)


async def test_no_more_peers_than_there_is_room_for(
    server: Server, tmp_path: Path, monkeypatch
) -> None:
    """One peer too many is turned away; when another leaves there is room again."""
    monkeypatch.setattr(servers, "PEERS_MOST", 2)
    first, second = [await RemoteClient.connect(tmp_path) for _ in range(2)]
    with pytest.raises(OSError, match=r"gone|reset|Broken"):
        await RemoteClient.connect(tmp_path)
    await first.close()
    await until(lambda: server.peers == 1)
    assert await works(tmp_path)
    await second.close()
