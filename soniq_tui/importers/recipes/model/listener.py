"""Who hears how far a question to a language model is."""


class Listener:
    """Wants to know nothing of it; who does overrides what it hears."""

    def waits(self, most_s: float, *, there: bool) -> None:
        """Hear that no token has come, which is waited for ``most_s`` seconds at most.

        Args:
            most_s: from now on.
            there: the server has said something, if only who it is.
        """

    def reads(self, part: float) -> None:
        """Hear how much of the question the model has read: 0 to 1."""

    def tokens(self, count: int, rate: float) -> None:
        """Hear that tokens come: how many so far, and how many a second."""
