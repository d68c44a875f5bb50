"""The smallest program on Textual, to measure a start and a rest against: ``python hello.py``."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """Two words."""

    def compose(self) -> ComposeResult:
        """Show them."""
        yield Static("hello world")


if __name__ == "__main__":
    Hello().run()
