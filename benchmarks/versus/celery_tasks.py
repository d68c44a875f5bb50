"""The Celery application that is measured; runs in Celery's own environment, not in ours.

As a program (``python celery_tasks.py JOBS``) it sends that many no-op tasks, a stamp before them
and one for each process of the pool after them.
"""

import os
import sys
import time

import celery

app = celery.Celery("celery_tasks", broker=os.environ["BENCH_BROKER"])
# No result backend, so no result is stored: the fastest that Celery can be.
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True
if os.environ.get("BENCH_ACKS_LATE"):
    app.conf.task_acks_late = True
    app.conf.worker_prefetch_multiplier = 1


@app.task
def noop() -> None:
    """Do nothing."""


@app.task
def stamp() -> None:
    """Append the time to a file: monotonic seconds, the same for all processes."""
    fd = os.open(os.environ["BENCH_STAMPS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, f"{time.monotonic()}\n".encode())
    os.close(fd)


if __name__ == "__main__":
    stamp.delay()
    for _ in range(int(sys.argv[1])):
        noop.delay()
    for _ in range(2):
        stamp.delay()
