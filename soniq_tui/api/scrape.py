"""Figures for a monitor: ``curl --unix-socket DATA_DIR/engine.sock http://soniq/metrics``."""

import asyncio

from soniq_tui.errors import SoniqError
from soniq_tui.model.ports import Client

VERBS = (b"GET ", b"HEAD", b"POST", b"PUT ", b"OPTI", b"DELE")
"""How HTTP begins. As the length of a frame each would be far beyond the bound."""
HEADERS_MOST_BYTES = 8192
FORMAT = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus text, https://prometheus.io/docs/instrumenting/exposition_formats/"""


def is_http(head: bytes) -> bool:
    """Say whether the first bytes of a connection are a request of HTTP."""
    return head in VERBS


async def answer(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: Client
) -> None:
    """Answer one request; the caller closes the connection.

    Raises:
        ValueError: it is not HTTP, or too long.
        EOFError: it breaks off.
    """
    try:
        rest = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as exc:
        raise ValueError("a request of HTTP without end") from exc
    if len(rest) > HEADERS_MOST_BYTES:
        raise ValueError("a request of HTTP that is too long")
    verb, _, path = (head + rest).partition(b"\r\n")[0].rpartition(b" ")[0].partition(b" ")
    if path != b"/metrics":
        status, body = "404 Not Found", "there is /metrics\n"
    elif verb not in {b"GET", b"HEAD"}:
        status, body = "405 Method Not Allowed", "GET it\n"
    else:
        try:
            status, body = "200 OK", await client.metrics()
        except SoniqError as exc:
            status, body = "503 Service Unavailable", f"{exc}\n"
    data = body.encode("utf-8", "backslashreplace")
    head_lines = (
        f"HTTP/1.1 {status}\r\nContent-Type: {FORMAT}\r\n"
        f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head_lines.encode("ascii") + (b"" if verb == b"HEAD" else data))
    await writer.drain()
