"""What jobs and batches are called that are of no single file or address; ``told`` knows it again.

What stays is English, as all that the journal holds; the console says it in its language.
"""

from soniq_tui.words import mark

LABELS = (
    # jobs
    mark("{n} vanished file of {folder}"),
    mark("{n} vanished files of {folder}"),
    mark("{n} cover from {folder}"),
    mark("{n} covers from {folder}"),
    mark("albums, artists and words of {folder}"),
    # batches
    mark("{n} folders"),
    mark("{label} (watched)"),
    mark("{label} (looked through every {n} minutes: {why})"),
    mark("all pictures"),
    mark("pictures nobody has looked at"),
    mark("{n} recipe: {names}"),
    mark("{n} recipes: {names}"),
)
