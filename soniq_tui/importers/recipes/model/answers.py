"""What a server of models sends: streams, whole answers and refusals, within bounds."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.importers.recipes.reasons import retry_after_s
from soniq_tui.model.job import ErrorKind

ANSWER_MOST_CHARS = 200_000
STREAM_MOST_BYTES = 64 * 1024 * 1024
"""Of a whole stream; 200 bytes around each of 100,000 tokens are 20 MiB."""
DONE = "[DONE]"
_BAD_REQUEST = 400
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class ModelError(SoniqError):
    """No answer that could be used.

    Attributes:
        unreachable: nobody answers at all: the fault of the endpoint, not of the question.
        mute: no model said a word; it may be the fault of either.
        silent: the question was taken, and no word came for as long as one is waited for.
        after_s: how long the server asked to be left alone.
        passing: it did.
    """

    kind = ErrorKind.MODEL

    def __init__(
        self,
        reason: str,
        *,
        unreachable: bool = False,
        mute: bool = False,
        silent: bool = False,
        after_s: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.unreachable, self.mute, self.silent = unreachable, mute, silent
        self.after_s, self.passing = after_s, after_s is not None


class Answer(msgspec.Struct):
    """What the model said, and what it took."""

    text: str
    finish: str = ""
    prompt_tokens: int | None = None
    """None: the server does not tell."""
    completion_tokens: int | None = None
    ms: int = 0
    attempts: int = 1


class PassingError(ModelError):
    """What may be better when it is asked again; mute unless that is told, or a token came."""

    def __init__(self, reason: str, *, mute: bool = True, **more: Any) -> None:
        super().__init__(reason, mute=mute, **more)


class NoSchema(Exception):  # noqa: N818  a reason to ask otherwise
    """The server refuses to be sent a schema."""


def pieces(event: dict[str, Any]) -> Iterator[tuple[str, bool, str]]:
    """Yield what an event brings: text, whether the model thinks aloud, and how it finished."""
    choices = event.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            continue
        told = choice.get("delta") or choice.get("message")
        told = told if isinstance(told, dict) else {}
        text, finish = told.get("content"), choice.get("finish_reason")
        thinks = bool(told.get("reasoning_content") or told.get("reasoning"))
        yield (
            text if isinstance(text, str) else "",
            thinks,
            finish if isinstance(finish, str) else "",
        )


def part_read(event: dict[str, Any]) -> float:
    """Return how much of the question was read, 0 to 1, where llama.cpp tells."""
    told = event.get("prompt_progress")
    told = told if isinstance(told, dict) else {}
    read, total = _number(told.get("processed")), _number(told.get("total"))
    return min(1.0, read / total) if read and total else 0.0


def is_of_llama_cpp(data: bytes) -> bool:
    """Return whether a list of models is one of llama.cpp."""
    try:
        models = json.loads(data)["data"]
        return any(model.get("owned_by") == "llamacpp" for model in models)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return False


async def bounded(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return a body, in however many pieces it comes; of one that is longer only the beginning."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            break
    return bytes(body[:most])


async def refused(response: aiohttp.ClientResponse, *, schema_sent: bool) -> Exception:
    """Return what a status other than 200 means."""
    text = (await bounded(response, 4000)).decode("utf-8", "replace")
    if (
        response.status == _BAD_REQUEST
        and schema_sent
        and any(w in text for w in ("response_format", "json_schema", "schema"))
    ):
        return NoSchema()
    try:
        words = error_text(json.loads(text))
    except (ValueError, RecursionError):
        words = " ".join(text.split())[:200]
    reason = f"the model's server answers {response.status}: {words}"
    if response.status in _PASSING:
        broken = response.status >= 500  # noqa: PLR2004  and not only busy
        return PassingError(reason, mute=broken, after_s=retry_after_s(response.headers))
    return ModelError(reason)


def error_text(body: Any) -> str:
    """Return the words of an error, of which each server has a form of its own."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    return str(
        error or (body.get("message") if isinstance(body, dict) else "") or "no reason given"
    )[:300]


async def events(
    response: aiohttp.ClientResponse, patience_s: Callable[[], float]
) -> AsyncIterator[dict[str, Any]]:
    """Yield the objects of a stream, an empty one for whatever else comes to keep it alive.

    The mark of its end is an object with :data:`DONE`.

    Its lines may be cut anywhere. ``patience_s`` tells how long the next piece may take.

    Raises:
        PassingError: it is garbage.
        ModelError: it does not end.
    """
    rest, size = b"", 0
    while True:
        async with asyncio.timeout(patience_s()):
            chunk = await response.content.readany()
        if not chunk:
            return
        size += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        yield {}
        for line in lines:
            data = line.strip().removeprefix(b"data:").strip()
            if not line.startswith(b"data:") or not data:
                continue
            if data == b"[DONE]":
                yield {DONE: True}
                return
            try:
                event = json.loads(data)
            except (ValueError, RecursionError) as exc:
                raise PassingError("the model's server streams something else than JSON") from exc
            if isinstance(event, dict):
                yield event
        if len(rest) > ANSWER_MOST_CHARS or size > STREAM_MOST_BYTES:
            raise ModelError("the answer of the model does not end")


def whole(data: bytes) -> Answer:
    """Return an answer that came in one piece.

    Raises:
        ModelError: it is none.
    """
    try:
        body = json.loads(data)
        if isinstance(body, dict) and body.get("error"):
            raise ModelError(f"the model gave up: {error_text(body)}", mute=True)
        choice = body["choices"][0]
        text = "" + (choice["message"].get("content") or "")
        finish = "" + (choice.get("finish_reason") or "stop")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as exc:
        raise ModelError(
            "the model's server answered something else than a completion", mute=True
        ) from exc
    answer = Answer(text=text, finish=finish)
    note_usage(answer, body)
    return answer


def note_usage(answer: Answer, body: dict[str, Any]) -> None:
    """Note what an answer took, where that is told."""
    usage = body.get("usage")
    if isinstance(usage, dict):
        answer.prompt_tokens = _number(usage.get("prompt_tokens"))
        answer.completion_tokens = _number(usage.get("completion_tokens"))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 1 << 53 else None
