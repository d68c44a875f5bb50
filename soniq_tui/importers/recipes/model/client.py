"""Asks an endpoint of OpenAI's chat completions: Ollama, llama.cpp, vLLM, Mistral, OpenAI.

Answers are always streamed: that tells a slow model from a dead one, and gives figures to show. A
JSON schema is a hint that some servers ignore and some refuse; whoever asks has to validate.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from random import random as _chance
from typing import Any

import aiohttp
import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.importers.recipes.fetch import retry_after_s

FIRST_TOKEN_S, BETWEEN_S, CONNECT_S = 600.0, 60.0, 10.0
"""A model that is loaded from an SD card first takes minutes; one that has begun goes on."""
TRIES = 4
LONGEST_WAIT_S = 120.0
ANSWER_MOST_CHARS = 200_000
STREAM_MOST_BYTES = 64 * 1024 * 1024
"""Of a whole stream; 200 bytes around each of 100,000 tokens are 20 MiB."""
_BAD_REQUEST = 400
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class ModelError(SoniqError):
    """No answer that could be used.

    Attributes:
        unreachable: nobody answers at all: the fault of the endpoint, not of the question.
        after_s: how long the server asked to be left alone.
    """

    def __init__(
        self, reason: str, *, unreachable: bool = False, after_s: float | None = None
    ) -> None:
        super().__init__(reason)
        self.unreachable, self.after_s = unreachable, after_s


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the model is."""

    url: str
    """Up to and without ``/chat/completions``: ``http://localhost:11434/v1``."""
    model: str
    key: str = ""
    first_token_s: float = FIRST_TOKEN_S
    between_s: float = BETWEEN_S
    max_tokens: int = 2500


class Answer(msgspec.Struct):
    """What the model said, and what it took."""

    text: str
    finish: str = ""
    prompt_tokens: int | None = None
    """None: the server does not tell."""
    completion_tokens: int | None = None
    ms: int = 0
    attempts: int = 1


OnTokens = Callable[[int, float], None]
"""Called as tokens come: how many so far, and how many a second."""


class Model:
    """One endpoint.

    Args:
        endpoint: where it is.
        session: of the caller, who closes it.
        on_tokens: hears how far an answer is.
    """

    def __init__(
        self, endpoint: Endpoint, session: aiohttp.ClientSession, on_tokens: OnTokens | None = None
    ) -> None:
        self._endpoint, self._session = endpoint, session
        self._on_tokens = on_tokens or _unheard
        self._plain_json = False
        """The server has refused a schema."""

    async def ask(
        self, messages: list[dict[str, str]], schema: dict[str, Any], max_tokens: int = 0
    ) -> Answer:
        """Return the model's answer; tries again what may pass before its first token.

        Raises:
            ModelError: there is none.
        """
        for attempt in range(1, TRIES + 1):
            try:
                answer = await self._once(messages, schema, max_tokens or self._endpoint.max_tokens)
            except _Passing as fault:
                if attempt == TRIES or (fault.after_s or 0) > LONGEST_WAIT_S:
                    raise ModelError(
                        str(fault), unreachable=fault.unreachable, after_s=fault.after_s
                    ) from fault
                by_policy_s = _chance() * min(60, 2 * 2**attempt)  # noqa: S311  a pause, no secret
                await asyncio.sleep(by_policy_s if fault.after_s is None else fault.after_s)
            except _NoSchema:
                self._plain_json = True
            else:
                answer.attempts = attempt
                return answer
        raise ModelError("the server refuses every form of the question")

    async def _once(
        self, messages: list[dict[str, str]], schema: dict[str, Any], max_tokens: int
    ) -> Answer:
        began_s = time.monotonic()
        try:
            async with self._session.post(
                f"{self._endpoint.url.rstrip('/')}/chat/completions",
                json=self._body(messages, schema, max_tokens),
                headers={"Authorization": f"Bearer {self._endpoint.key}"}
                if self._endpoint.key
                else {},
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=CONNECT_S, sock_read=self._endpoint.first_token_s
                ),
            ) as response:
                if response.status != 200:  # noqa: PLR2004
                    raise await _refused(response, schema_sent=not self._plain_json)
                answer = await self._read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            raise _Passing(
                f"the model does not answer: {exc or type(exc).__name__}", unreachable=True
            ) from exc
        except TimeoutError as exc:  # of aiohttp's a connection error, too, but somebody was there
            raise _Passing("the model was silent for too long") from exc
        except (aiohttp.ClientError, ConnectionError) as exc:
            raise _Passing(
                f"the answer of the model broke off: {exc or type(exc).__name__}"
            ) from exc
        answer.ms = round((time.monotonic() - began_s) * 1000)
        return answer

    def _body(
        self, messages: list[dict[str, str]], schema: dict[str, Any], max_tokens: int
    ) -> dict[str, Any]:
        form: dict[str, Any] = {"type": "json_object"}
        if not self._plain_json:
            form = {
                "type": "json_schema",
                "json_schema": {"name": "recipe", "strict": True, "schema": schema},
            }
        else:
            hint = f"Answer with one JSON object of this schema:\n{json.dumps(schema)}"
            messages = [
                {"role": "system", "content": f"{messages[0]['content']}\n{hint}"},
                *messages[1:],
            ]
        return {
            "model": self._endpoint.model,
            "messages": messages,
            "temperature": 0,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "response_format": form,
        }

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        if (
            "text/event-stream" not in response.content_type
            and "x-ndjson" not in response.content_type
        ):
            return _whole(await bounded(response, ANSWER_MOST_CHARS * 4))
        answer, parts, size, began_s = Answer(text=""), [], 0, time.monotonic()
        heard_s, patience_s = began_s, self._endpoint.first_token_s
        async for event in _events(response, self._endpoint.between_s):
            now_s = time.monotonic()
            if event.get("error"):
                raise _Passing(f"the model gave up: {_error_text(event)}")
            _note_usage(answer, event)
            for piece, thinks, finish in _pieces(event):
                parts.append(piece)
                size += len(piece)
                answer.finish = finish or answer.finish
                if piece or thinks or finish:
                    heard_s, patience_s = now_s, self._endpoint.between_s
            if now_s - heard_s > patience_s:  # what keeps a connection alive is no token
                raise _Passing("the model was silent for too long")
            if size > ANSWER_MOST_CHARS:
                raise ModelError("the answer of the model does not end")
            self._on_tokens(len(parts), len(parts) / max(0.001, now_s - began_s))
        answer.text = "".join(parts)
        if not answer.finish:
            raise _Passing("the answer of the model broke off")
        return answer


def _unheard(count: int, rate: float) -> None:
    """Nobody wants to hear of tokens."""


class _Passing(Exception):  # noqa: N818  a reason to try again
    def __init__(
        self, reason: str, *, unreachable: bool = False, after_s: float | None = None
    ) -> None:
        super().__init__(reason)
        self.unreachable, self.after_s = unreachable, after_s


class _NoSchema(Exception):  # noqa: N818  a reason to ask otherwise
    pass


def _pieces(event: dict[str, Any]) -> Iterator[tuple[str, bool, str]]:
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


async def bounded(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return a body, in however many pieces it comes; of one that is longer only the beginning."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            break
    return bytes(body[:most])


async def _refused(response: aiohttp.ClientResponse, *, schema_sent: bool) -> Exception:
    text = (await bounded(response, 4000)).decode("utf-8", "replace")
    if (
        response.status == _BAD_REQUEST
        and schema_sent
        and any(w in text for w in ("response_format", "json_schema", "schema"))
    ):
        return _NoSchema()
    try:
        words = _error_text(json.loads(text))
    except (ValueError, RecursionError):
        words = " ".join(text.split())[:200]
    reason = f"the model's server answers {response.status}: {words}"
    if response.status in _PASSING:
        return _Passing(reason, after_s=retry_after_s(response.headers))
    return ModelError(reason)


def _error_text(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    return str(
        error or (body.get("message") if isinstance(body, dict) else "") or "no reason given"
    )[:300]


async def _events(
    response: aiohttp.ClientResponse, between_s: float
) -> AsyncIterator[dict[str, Any]]:
    """Yield the objects of a stream, an empty one for whatever else comes to keep it alive.

    Its lines may be cut anywhere.

    Raises:
        _Passing: it is garbage.
        ModelError: it does not end.
    """
    rest, size = b"", 0
    first = True
    while True:
        limit = asyncio.timeout(None if first else between_s)
        async with limit:
            chunk = await response.content.readany()
        first = False
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
                return
            try:
                event = json.loads(data)
            except (ValueError, RecursionError) as exc:
                raise _Passing("the model's server streams something else than JSON") from exc
            if isinstance(event, dict):
                yield event
        if len(rest) > ANSWER_MOST_CHARS or size > STREAM_MOST_BYTES:
            raise ModelError("the answer of the model does not end")


def _whole(data: bytes) -> Answer:
    try:
        body = json.loads(data)
        choice = body["choices"][0]
        text = "" + (choice["message"].get("content") or "")
        finish = "" + (choice.get("finish_reason") or "stop")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as exc:
        raise ModelError("the model's server answered something else than a completion") from exc
    answer = Answer(text=text, finish=finish)
    _note_usage(answer, body)
    return answer


def _note_usage(answer: Answer, body: dict[str, Any]) -> None:
    usage = body.get("usage")
    if isinstance(usage, dict):
        answer.prompt_tokens = _number(usage.get("prompt_tokens"))
        answer.completion_tokens = _number(usage.get("completion_tokens"))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 1 << 53 else None
