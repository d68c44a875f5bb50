"""Where the language model is, and how long it is waited for."""

import os

import msgspec

FIRST_TOKEN_S, BETWEEN_S = 1200.0, 60.0
"""A model that is loaded from an SD card first takes minutes, and reads 6,000 tokens in 20 of them
at 5 a second; one that has begun goes on."""
SMALL_S = 15.0
"""So long the smaller question is waited for; then the real one is asked all the same."""
SILENT_S = 120.0
"""So long a server may say nothing to both: one that does one thing at a time may be at another.
Whoever cannot do without, or knows that it has answered before, waits as for a slow model: a
question that is taken back and asked anew stands behind all others again. One that was silent for
all that time is asked for no longer than this until it answers: it may hang."""
TRIES = 4


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the model is."""

    url: str
    """Up to and without ``/chat/completions``: ``http://localhost:11434/v1``."""
    model: str
    key: str = ""
    first_token_s: float = FIRST_TOKEN_S
    between_s: float = BETWEEN_S
    small_s: float = SMALL_S
    silent_s: float = SILENT_S
    tries: int = TRIES
    """How often something is asked that may pass."""
    max_tokens: int = 2500


def configured(tries: int = TRIES, *, patient: bool = False) -> Endpoint | None:
    """Return where the model is, from the environment; None: there is none.

    Args:
        tries: see :class:`Endpoint`.
        patient: wait for a server that says nothing as for a slow model.
    """
    url, model = os.environ.get("SONIQ_LLM_URL", ""), os.environ.get("SONIQ_LLM_MODEL", "")
    key = os.environ.get("SONIQ_LLM_KEY", "")
    if not url:
        return None
    made = Endpoint(url=url, model=model or "default", key=key, tries=tries)
    return msgspec.structs.replace(made, silent_s=made.first_token_s) if patient else made
