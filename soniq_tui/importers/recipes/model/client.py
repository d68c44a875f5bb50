"""Asks an endpoint of OpenAI's chat completions: Ollama, llama.cpp, vLLM, Mistral, OpenAI.

Answers are always streamed: that tells a slow model from a dead one, and gives figures to show. A
slow one is waited for, the longer the more it has to read: until its first token Ollama sends
nothing, for minutes, and llama.cpp only how far it has read, where it is asked to. Whether anybody
is there is told by a smaller question, for the list of models, which both answer meanwhile, and
which says of llama.cpp that it is it. A JSON schema is a hint that some servers ignore and some
refuse; whoever asks has to validate.
"""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from random import random as _chance
from typing import Any

import aiohttp

from soniq_tui.importers.recipes.model.answers import (
    ANSWER_MOST_CHARS,
    DONE,
    Answer,
    ModelError,
    NoSchema,
    PassingError,
    bounded,
    error_text,
    events,
    is_of_llama_cpp,
    note_usage,
    part_read,
    pieces,
    refused,
    whole,
)
from soniq_tui.importers.recipes.model.endpoint import Endpoint
from soniq_tui.importers.recipes.reasons import unreached
from soniq_tui.model.text import without_logins

CONNECT_S = 10.0
LIST_MOST_BYTES = 256 * 1024
LIST_S = 5.0
"""Of the list of models, whose first word tells already that somebody is there."""
LONGEST_WAIT_S = 120.0
KEEPALIVE = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 30,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 10,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 3,
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): 60_000,
}
"""Seconds, the last in ms; see tcp(7). No byte comes from a slow model, nor from a machine that is
asleep or switched off by now; but the kernel of the one answers, and that of the other is missed
within a minute."""


class Model:
    """One endpoint.

    Args:
        endpoint: where it is.
        session: of the caller, who closes it.
        tell: hears how far a question is, by the events of ``docs/scrapers.md``.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        session: aiohttp.ClientSession,
        tell: Callable[..., object] = lambda *_, **__: None,
    ) -> None:
        self._endpoint, self._session, self._tell = endpoint, session, tell
        self._plain_json = False
        """The server has refused a schema."""
        self._there = False
        """Somebody has answered something."""
        self._spoken = False
        """A token of the answer has come."""
        self._begun = False
        """It has, or that there will be none."""
        self._part_read = self._heard_s = 0.0
        self._first_token_s = endpoint.first_token_s
        """So long that of this question is waited for."""
        self._tells_reading = False
        """The server says how far it has read, where it is asked to; others would refuse that."""

    @staticmethod
    def session() -> aiohttp.ClientSession:
        """Return a session that notices when the machine at the other end is gone."""
        connector = aiohttp.TCPConnector(socket_factory=_watched)
        return aiohttp.ClientSession(connector=connector, trust_env=True)

    async def ask(
        self, messages: list[dict[str, str]], schema: dict[str, Any], max_tokens: int = 0
    ) -> Answer:
        """Return the model's answer; asks again where that may help while somebody waits for it.

        Raises:
            ModelError: there is none.
        """
        attempt = 1
        chars = sum(len(message["content"]) for message in messages)
        self._first_token_s = self._endpoint.waits_s(chars)
        while True:
            self._spoken = self._begun = False
            self._part_read = 0.0
            try:
                answer = await self._once(messages, schema, max_tokens or self._endpoint.max_tokens)
            except PassingError as fault:
                # Nobody comes in a few seconds; who was silent for so long would be so again.
                in_vain = fault.unreachable or (fault.silent and not self._spoken)
                too_long = (fault.after_s or 0) > LONGEST_WAIT_S
                if in_vain or too_long or attempt >= self._endpoint.tries:
                    fault.mute &= not self._spoken
                    fault.silent &= not self._spoken
                    raise
                by_policy_s = _chance() * min(60, 2 * 2**attempt)  # noqa: S311  a pause, no secret
                await asyncio.sleep(by_policy_s if fault.after_s is None else fault.after_s)
                attempt += 1
            except NoSchema:
                self._plain_json = True
            else:
                answer.attempts = attempt
                return answer

    async def _once(
        self, messages: list[dict[str, str]], schema: dict[str, Any], max_tokens: int
    ) -> Answer:
        """Ask once a server that says anything at all: to the smaller question, or to this one."""
        if self._there:
            self._tell("waits", most_s=ceil(self._first_token_s))
            return await self._asked(messages, schema, max_tokens, lambda: None)
        looks = asyncio.create_task(self._nobody())
        try:
            await asyncio.wait({looks}, timeout=self._endpoint.small_s)
            if looks.done() and (nobody := looks.result()):
                raise PassingError(nobody, unreachable=True)
            began_s = asyncio.get_running_loop().time()
            async with asyncio.timeout(None) as limit:

                def heard(*_: object) -> None:
                    if not self._there:
                        passed_s = asyncio.get_running_loop().time() - began_s
                        self._tell("waits", most_s=ceil(self._first_token_s - passed_s))
                    self._there = True
                    if not limit.expired():
                        limit.reschedule(None)

                if looks.done():
                    heard()
                else:
                    silent_s = self._first_token_s
                    if not self._endpoint.patient:
                        silent_s = min(silent_s, self._endpoint.silent_s)
                    self._tell("silence", most_s=ceil(silent_s))
                    limit.reschedule(began_s + silent_s)
                    looks.add_done_callback(heard)
                try:
                    return await self._asked(messages, schema, max_tokens, heard)
                finally:
                    looks.remove_done_callback(heard)
        except TimeoutError:
            reason = "the model's server says nothing at all"
            raise PassingError(reason, unreachable=True, silent=True) from None
        finally:
            looks.cancel()

    async def _nobody(self) -> str:
        """Return why nobody is reached, nothing where somebody says whatever, or hangs up."""
        try:
            async with self._session.get(
                f"{self._endpoint.url.rstrip('/')}/models",
                headers={**self._headers(), "Connection": "close"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            ) as response:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LIST_S):
                        listed = await bounded(response, LIST_MOST_BYTES)
                        self._tells_reading = is_of_llama_cpp(listed)
                return ""
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            return f"the model does not answer: {unreached(exc)}"
        except (aiohttp.ClientError, OSError):
            return ""

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._endpoint.key}"} if self._endpoint.key else {}

    async def _asked(
        self,
        messages: list[dict[str, str]],
        schema: dict[str, Any],
        max_tokens: int,
        heard: Callable[[], None],
    ) -> Answer:
        began_s = time.monotonic()
        try:
            async with self._session.post(
                f"{self._endpoint.url.rstrip('/')}/chat/completions",
                json=self._body(messages, schema, max_tokens),
                headers=self._headers(),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=CONNECT_S, sock_read=self._first_token_s
                ),
            ) as response:
                heard()
                if response.status != 200:  # noqa: PLR2004
                    raise await refused(response, schema_sent=not self._plain_json)
                answer = await self._read(response)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as exc:
            reason = f"the address of the model is none: {self._endpoint.url!r} (SONIQ_LLM_URL)"
            raise ModelError(without_logins(reason)) from exc
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            raise PassingError(
                f"the model does not answer: {unreached(exc)}", unreachable=True
            ) from exc
        except TimeoutError as exc:  # of aiohttp's a connection error, too, but somebody was there
            raise PassingError("the model was silent for too long", silent=True) from exc
        except (aiohttp.ClientError, ConnectionError) as exc:
            raise PassingError(
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
            **({"return_progress": True} if self._tells_reading else {}),
        }

    def _patience_s(self) -> float:
        return self._endpoint.between_s if self._begun else self._first_token_s

    def _tell_reading(self, event: dict[str, Any]) -> None:
        """Tell how much of the question the model has read, where that is more than before."""
        if (part := part_read(event)) > self._part_read:
            self._part_read, self._heard_s = part, time.monotonic()
            self._tell("reads", part=round(part, 3))

    def _tell_tokens(self, count: int, took_s: float) -> None:
        if self._spoken:
            self._tell("tokens", count=count, rate=round(count / max(0.001, took_s), 1))

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        if (
            "text/event-stream" not in response.content_type
            and "x-ndjson" not in response.content_type
        ):
            return whole(await bounded(response, ANSWER_MOST_CHARS * 4))
        answer, parts, size, began_s = Answer(text=""), [], 0, time.monotonic()
        self._heard_s = began_s
        async for event in events(response, self._patience_s):
            now_s = time.monotonic()
            if event.get("error"):
                raise PassingError(f"the model gave up: {error_text(event)}")
            if DONE in event and self._spoken:
                answer.finish = answer.finish or "stop"
            note_usage(answer, event)
            self._tell_reading(event)
            for piece, thinks, finish in pieces(event):
                parts.append(piece)
                size += len(piece)
                answer.finish = finish or answer.finish
                self._spoken |= bool(piece or thinks)
                if piece or thinks or finish:
                    self._begun, self._heard_s = True, now_s
            if (
                now_s - self._heard_s > self._patience_s()
            ):  # what keeps a connection alive is no token
                raise PassingError("the model was silent for too long", silent=True)
            if size > ANSWER_MOST_CHARS:
                raise ModelError("the answer of the model does not end")
            self._tell_tokens(len(parts), now_s - began_s)
        answer.text = "".join(parts)
        if not answer.finish:
            raise PassingError("the answer of the model broke off")
        return answer


def _watched(address: aiohttp.AddrInfoType) -> socket.socket:
    made = socket.socket(*address[:3])
    try:
        made.setblocking(False)
        for (level, option), value in KEEPALIVE.items():
            made.setsockopt(level, option, value)
    except OSError:
        made.close()
        raise
    return made
