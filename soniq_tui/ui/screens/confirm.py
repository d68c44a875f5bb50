"""Are you sure? Only for what means many jobs; the default is no."""

from soniq_tui.model.text import shown
from soniq_tui.ui.screens.ask import Ask
from soniq_tui.words import mark


class Confirm(Ask):
    """What, how many, and what cannot be undone; gives True for yes."""

    where = "confirm"
    title_text = mark("sure?")

    def __init__(self, question: str, note: str) -> None:
        super().__init__([((" " + shown(question), "strong"),), ((" " + shown(note), ""),)])

    def do_answer_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    def do_answer_no(self) -> None:
        """Leave things as they are."""
        self.dismiss(False)
