"""The five looks. Variables of ours start with ``soniq-``.

Of the three with colours of their own every text has a contrast of at least 4.5 to what it lies on
(WCAG AA); tests/ui/test_themes.py measures it.
"""

from textual.theme import Theme


def _variables(muted: str, muted_style: str, head: str, rule: str) -> dict[str, str]:
    return {
        "soniq-muted": muted,
        "soniq-muted-style": muted_style,
        "soniq-head": head,
        "soniq-rule": rule,
        "block-cursor-text-style": "none",
    }


def _selection(text: str, ground: str) -> dict[str, str]:
    """Return how selected text looks: reversed, as Textual's own blend is too pale to read."""
    return {
        "input-selection-background": text,
        "input-selection-foreground": ground,
        "screen-selection-background": text,
        "screen-selection-foreground": ground,
    }


_ANSI = "ansi_default"
_ANSI_VARIABLES = {
    "ansi-background": "ansi_black",
    "ansi-foreground": "ansi_white",
    "border-blurred": _ANSI,
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_white",
    "input-cursor-background": "ansi_white",
    "input-cursor-foreground": "ansi_black",
    "input-cursor-text-style": "none",
    "input-selection-background": "ansi_white",
    "input-selection-foreground": "ansi_black",
    "screen-selection-background": "ansi_white",
    "screen-selection-foreground": "ansi_black",
}
"""What Textual's own style sheet asks of a theme that uses the terminal's colours."""

DARK = Theme(
    name="soniq-dark",
    primary="#7aa2c8",
    secondary="#5f87a7",
    accent="#6fb7d6",
    success="#87b36b",
    warning="#d7a65f",
    error="#d9706b",
    foreground="#d0d0d0",
    background="#16181c",
    surface="#16181c",
    panel="#22262c",
    dark=True,
    variables=_variables("#8b949e", "none", "#9aa4ae", "#858f99")
    | _selection("#d0d0d0", "#16181c"),
)
LIGHT = Theme(
    name="soniq-light",
    primary="#1f5f8f",
    secondary="#3f6f8f",
    accent="#005f87",
    success="#2f6f1f",
    warning="#8f5a00",
    error="#b0221c",
    foreground="#202428",
    background="#fafaf7",
    surface="#fafaf7",
    panel="#e6e6e0",
    dark=False,
    variables=_variables("#5f656b", "none", "#4a5056", "#60666c")
    | _selection("#202428", "#fafaf7"),
)
TERMINAL = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground=_ANSI,
    background=_ANSI,
    surface=_ANSI,
    panel=_ANSI,
    boost=_ANSI,
    variables=_ANSI_VARIABLES | _variables(_ANSI, "dim", _ANSI, _ANSI),
)
CONTRAST = Theme(
    name="high-contrast",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#00ffff",
    success="#00ff00",
    warning="#ffff00",
    error="#ff6060",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    dark=True,
    variables=_variables("#ffffff", "none", "#ffffff", "#ffffff")
    | _selection("#ffffff", "#000000"),
)
MONO = Theme(
    name="mono",
    ansi=True,
    primary=_ANSI,
    secondary=_ANSI,
    accent=_ANSI,
    success=_ANSI,
    warning=_ANSI,
    error=_ANSI,
    foreground=_ANSI,
    background=_ANSI,
    surface=_ANSI,
    panel=_ANSI,
    boost=_ANSI,
    variables=_ANSI_VARIABLES | _variables(_ANSI, "none", _ANSI, _ANSI),
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT, TERMINAL, CONTRAST, MONO)}
DEFAULTS = DARK.variables
"""What the style sheet finds while Textual's own first theme is still set."""
