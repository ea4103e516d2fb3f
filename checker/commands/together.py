"""Work for several processes at once, with its results in order. Prints what is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from checker.commands.common import screen
from checker.commands.options import cores
from checker.contract.wording import Status
from checker.pool import in_order

Result = TypeVar("Result")


@dataclass(frozen=True)
class Job(Generic[Result]):
    """Work for another process. `failed` makes a result of it if that process crashes: from why, and a status."""

    label: str
    work: Callable[[], Result]
    failed: Callable[[str, Status], Result]


def together(jobs: Sequence[Job[Result]], workers: int, watched: bool) -> Iterator[Result]:
    """Do jobs at the same time, as many as there are cores, and give the results in order. Ctrl-C while waiting gives
    those that are there before it goes on."""

    def waiting(number: int, seconds: float) -> None:
        screen.passing(f"  {number} of {len(jobs)} done, waiting for {jobs[number].label}, {seconds:.0f} s")

    done = in_order([job.work for job in jobs], cores() // workers, waiting if watched else None)
    for number, future in done:
        if watched:
            screen.passing("")
        yield _result(jobs[number], future)


def _result(job: Job[Result], future: Future[Result]) -> Result:
    """What a job came to. A worker that crashed is a problem of its job, shown with the others."""
    try:
        return future.result()
    except BrokenProcessPool:
        return job.failed("The process that checked it died, perhaps out of memory.", Status.INCONCLUSIVE)
    except Exception as error:  # a bug, reported as one: it must not hide the other results
        return job.failed(f"This is a bug of evacheck: {type(error).__name__}: {error}", Status.BUG)
