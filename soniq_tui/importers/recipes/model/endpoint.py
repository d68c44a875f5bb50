"""Where the language model is, and how long it is waited for."""

import os

import msgspec

LOAD_S, CHAR_S = 180.0, 0.06
"""A model that is loaded from an SD card first takes minutes; a slow one reads 5 tokens, some 17
characters, a second."""
FIRST_TOKEN_S, BETWEEN_S = 1200.0, 60.0
"""The longest of that: 6,000 tokens in 20 minutes; one that has begun goes on."""
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
    load_s: float = LOAD_S
    """So long a question without a word in it would be waited for."""
    first_token_s: float = FIRST_TOKEN_S
    """So long the longest is."""
    silences: int = 0
    """So many questions in a row got no word: each halves that, down to ``silent_s``."""
    between_s: float = BETWEEN_S
    small_s: float = SMALL_S
    silent_s: float = SILENT_S
    patient: bool = False
    """Wait for a server that says nothing to either question as for a slow model."""
    tries: int = TRIES
    """How often something is asked that may pass."""
    max_tokens: int = 2500

    def waits_s(self, chars: int) -> float:
        """Return how long the first token of an answer is waited for, after so many characters."""
        fair_s = min(self.first_token_s, self.load_s + chars * CHAR_S)
        return max(fair_s / 2.0 ** min(self.silences, 30), min(self.silent_s, fair_s))


def configured(tries: int = TRIES, *, patient: bool = False, silences: int = 0) -> Endpoint | None:
    """Return where the model is, from the environment; None: there is none.

    Args:
        tries: see :class:`Endpoint`.
        silences: see there.
        patient: wait for a server that says nothing as for a slow model.
    """
    url, model = os.environ.get("SONIQ_LLM_URL", ""), os.environ.get("SONIQ_LLM_MODEL", "")
    key = os.environ.get("SONIQ_LLM_KEY", "")
    if not url:
        return None
    made = Endpoint(
        url=url, model=model or "default", key=key, tries=tries, silences=silences, patient=patient
    )
    wait_s = float(os.environ.get("SONIQ_LLM_WAIT_S", "0"))
    return msgspec.structs.replace(made, load_s=wait_s, first_token_s=wait_s) if wait_s else made
