"""What goes over the socket: frames, messages, and the table of what can be asked.

A frame is its length in four bytes, big end first, and msgpack. Both ends greet with
:class:`Hello`; then the client sends requests, in any number at once, and each is answered once, in
any order. Nothing else comes from the host but a last word (a :class:`Refusal` of request 0).
"""

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, Union

import msgspec

from soniq_tui import __version__, errors
from soniq_tui.errors import EngineError, SoniqError
from soniq_tui.model.commands import Command, Reply
from soniq_tui.model.details import JobDetail, Output
from soniq_tui.model.forms import FormSpec, Preview
from soniq_tui.model.report import Report
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.model.snapshot import Page, Query, Snapshot
from soniq_tui.model.text import plain

PROTOCOL = 1
"""Grows when frames, messages or the table change their meaning."""
HEAD_BYTES = 4
REQUEST_MOST_BYTES = 16 * 1024 * 1024
"""A launch with a long list of addresses fits; what is longer is a mistake or a bad peer."""
ANSWER_MOST_BYTES = 64 * 1024 * 1024
"""A page of 100,000 rows fits."""
ALL = 0
"""The request number of a last word: it is the answer to all that is asked."""


if TYPE_CHECKING:
    AnyCommand: TypeAlias = Command
else:  # one of these by its tag
    AnyCommand = Union[tuple(Command.__subclasses__())]  # noqa: UP007


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """The first frame of both ends. Its fields never change their names."""

    protocol: int = PROTOCOL
    version: str = __version__
    pid: int = 0
    code: str = ""
    """Digest of the code that the process runs; empty: it does not tell."""


class Request(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Please do this; ``method`` is a key of :data:`METHODS`."""

    id: int
    method: str
    argument: msgspec.Raw


class Drop(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Nobody waits any more for the answer to this request."""

    id: int


class Answer(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What came of a request."""

    id: int
    result: msgspec.Raw


class Refusal(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What was asked for could not be done; ``kind`` is a class of ``soniq_tui.errors``."""

    id: int
    kind: str
    text: str


class Wish(msgspec.Struct, frozen=True, array_like=True):
    """What ``preview`` and ``launch`` are asked."""

    importer: str
    options: dict[str, Any]


class Deed(msgspec.Struct, frozen=True, array_like=True):
    """What ``deed`` is asked."""

    importer: str
    name: str
    words: dict[str, str]


class Since(msgspec.Struct, frozen=True, array_like=True):
    """What ``output`` is asked."""

    job_id: int
    after: int


class Method(NamedTuple):
    """What goes to and fro."""

    argument: msgspec.msgpack.Decoder[Any]
    result: msgspec.msgpack.Decoder[Any]
    waits: bool = False
    """It may be answered much later: when something happens."""


def _method(argument: Any, result: Any, *, waits: bool = False) -> Method:
    return Method(msgspec.msgpack.Decoder(argument), msgspec.msgpack.Decoder(result), waits)


METHODS = {
    "send": _method(AnyCommand, Reply),
    # The version that the client has; nothing comes back while that is still all there is to see.
    "snapshot": _method(int | None, Snapshot | None),
    "changed": _method(int, None, waits=True),
    "browse": _method(Query, Page),
    "job": _method(int, JobDetail | None),
    "output": _method(Since, Output),
    "describe": _method(None, list[FormSpec]),
    "preview": _method(Wish, Preview),
    "launch": _method(Wish, Reply),
    "results": _method(ResultQuery, ResultPage),
    "detail": _method(DetailQuery, ResultDetail),
    "deed": _method(Deed, Reply),
    "metrics": _method(None, str),
    "report": _method(int, Report | None),
    "end": _method(bool, Reply),
}
"""The methods of ``model.ports.Client`` by name."""

encode = msgspec.msgpack.Encoder().encode
from_client = msgspec.msgpack.Decoder(Request | Drop).decode
from_host = msgspec.msgpack.Decoder(Answer | Refusal).decode
from_anyone = msgspec.msgpack.Decoder(Hello).decode


def frame(message: msgspec.Struct, most_bytes: int) -> bytes:
    """Return a message as it goes over the socket.

    Raises:
        ValueError: it is longer than ``most_bytes``, or holds text that is none.
    """
    body = encode(message)
    if len(body) > most_bytes:
        raise ValueError(f"{len(body):,} bytes, and {most_bytes:,} are the most")
    return len(body).to_bytes(HEAD_BYTES, "big") + body


def raw(value: object) -> msgspec.Raw:
    """Return a value as a part of a message."""
    return msgspec.Raw(encode(value))


KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, SoniqError)
}
"""The tree of errors by name."""


def refusal(request_id: int, error: SoniqError) -> Refusal:
    """Return an error as it travels: a class that only this process knows as the next it is."""
    known = next(kind for kind in type(error).__mro__ if KINDS.get(kind.__name__) is kind)
    return Refusal(request_id, known.__name__, plain(str(error)))


def raised(refused: Refusal) -> SoniqError:
    """Return a refusal as the error it was."""
    return KINDS.get(refused.kind, EngineError)(refused.text)
