"""Every error of soniq-tui, in one tree.

::

    SoniqError                 anything that is ours to explain
    ├── UsageError             asked for something that cannot be done; nothing was started (exit 2)
    │   ├── ConfigError        a setting is unknown or has a value it cannot have
    │   └── PluginError        an importer that is wrong, found when it is loaded
    ├── EngineError            the engine cannot do its work (exit 3)
    │   ├── DataDirError       the data directory cannot be used
    │   ├── JournalError       the journal is damaged or of a newer version
    │   │   └── JournalGoneError   it was removed, or another put in its place
    │   └── HostBusyError      another soniq-tui is the host of this data directory
    └── IllegalMoveError       a job or batch was moved in a way that model/job.py forbids: a bug

What a stage raises (``Skip``, ``RetryLater``, ``ItemFault`` and so on) lies in
``importers/base.py``: those are outcomes of work, not errors of the program.
"""

MORE_PROCESSES = "end some programs, or raise the limit (ulimit -u and -n, TasksMax= of a service)"
NO_THREAD = f"the system allows no further process or thread: {MORE_PROCESSES}"


def is_no_thread(exc: BaseException) -> bool:
    """Return whether Python says with this that no further thread could be started."""
    return isinstance(exc, RuntimeError) and str(exc).startswith("can't start new thread")


class SoniqError(Exception):
    """Something to explain: the message names the item, the cause and the next step."""

    exit_status = 3


class UsageError(SoniqError):
    """Asked for something that cannot be done; nothing was started."""

    exit_status = 2

    def __init__(self, text: str = "", field: str = "") -> None:
        super().__init__(text)
        self.field = field
        """The name of the option that makes it impossible, where it is one."""


class ConfigError(UsageError):
    """A setting is unknown or has a value it cannot have."""


class PluginError(UsageError):
    """An importer is wrong in itself; found when it is loaded, never in the middle of a batch."""


class EngineError(SoniqError):
    """The engine cannot do its work."""


class DataDirError(EngineError):
    """The data directory cannot be created, read or written."""


class JournalError(EngineError):
    """The journal is damaged, or was written by a newer soniq-tui."""


class JournalGoneError(JournalError):
    """The journal was removed or replaced while an engine worked with it."""


class HostBusyError(EngineError):
    """Another soniq-tui already runs the engine of this data directory."""


class IllegalMoveError(SoniqError):
    """A job or a batch was moved in a way that the table of moves does not know."""
