"""What the engine writes into its log; known again by ``told``.

The file of the log is English; the console shows its lines in its own language.
"""

from soniq_tui.words import mark

LOGGED = (
    mark("soniq-tui {version}, process {n}, is the host"),
    mark("the host ends"),
    mark("the last host died; 1 job had begun, 1 batch is left to finish"),
    mark("the last host died; 1 job had begun, {n} batches are left to finish"),
    mark("the last host died; {jobs} jobs had begun, 1 batch is left to finish"),
    mark("the last host died; {jobs} jobs had begun, {n} batches are left to finish"),
    mark("the engine failed"),
    mark("no other process can attach: {fault}"),
    mark("all is well again"),
    mark("batch {n} {state}: {whose}"),
    mark("batch {n} {state} ({done} done, {skipped} skipped, {failed} failed): {whose}"),
    mark("batch {n} {state}: {why} ({done} done, {skipped} skipped, {failed} failed): {whose}"),
    mark(
        "batch {n}, {whose}: {state}; {total} items: {done} done, {skipped} skipped, {failed} "
        "failed; {seconds} s, {rate} items/s, at most {mib} MiB"
    ),
    mark(
        "batch {n}, {whose}: {state}; {total} items: {done} done, {skipped} skipped, {failed} "
        "failed, {changes}; {seconds} s, {rate} items/s, at most {mib} MiB"
    ),
    mark("queue {queue}: has {n} slots"),
    mark("queue {queue}: held"),
    mark("queue {queue}: goes on"),
    mark("queue {queue}: autoscale on"),
    mark("queue {queue}: autoscale off"),
    mark("queue {queue}: {before} -> {n} slots in use ({why})"),
    mark("job {n}, stage {stage}: {why}"),
    mark("ending what was left running: processes {names}"),
    mark("a batch may not have been begun: the engine ends"),
    mark("a batch was not begun: {why}"),
    mark("batches forgotten: {n} ({names})"),
    mark("the clock went on by days, or the machine slept: nothing is forgotten before tomorrow"),
    mark("old batches are kept for now: {why}"),
    mark("what forgotten batches left is removed later: {why}"),
    mark("the journal {file} is written again"),
    mark("the journal waits ({fault}): {why}"),
    mark("no backup of the journal: {fault}"),
    mark("{file} could be read by others; now its owner alone can"),
    mark("{file} can be read by others, and that cannot be changed here"),
    mark("nothing is kept in reserve on the disk of {folder}: {fault}"),
    mark("the thumbnail {name} is made again: {why}"),
    mark("the language model has not answered since {time}: {why}"),
    mark("the language model answers again"),
)
