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
    """Work for another process. `failed` makes a result of it if that process crashes: from why, and a status. `known`
    is the result, where there is one already."""

    label: str
    work: Callable[[], Result]
    failed: Callable[[str, Status], Result]
    known: Result | None = None


def together(jobs: Sequence[Job[Result]], workers: int, watched: bool) -> Iterator[Result]:
    """Do jobs at the same time, as many as there are cores, and give the results in order. Ctrl-C while waiting gives
    those that are there before it goes on."""

    todo = [number for number, job in enumerate(jobs) if job.known is None]

    def waiting(number: int, seconds: float) -> None:
        at = todo[number]
        screen.passing(f"  {at} of {len(jobs)} done, waiting for {jobs[at].label}, {seconds:.0f} s")

    done = in_order([jobs[number].work for number in todo], cores() // workers, waiting if watched else None)
    given = 0
    for number, future in done:
        if watched:
            screen.passing("")
        yield from _known(jobs[given : todo[number]])
        given = todo[number] + 1
        yield _result(jobs[todo[number]], future)
    yield from _known(jobs[given:])


def _known(jobs: Sequence[Job[Result]]) -> Iterator[Result]:
    """The results of jobs that are done already, of those that are."""
    return (job.known for job in jobs if job.known is not None)


def _result(job: Job[Result], future: Future[Result]) -> Result:
    """What a job came to. A worker that crashed is a problem of its job, shown with the others."""
    try:
        return future.result()
    except BrokenProcessPool:
        return job.failed("The process that checked it died, perhaps out of memory.", Status.INCONCLUSIVE)
    except Exception as error:  # a bug, reported as one: it must not hide the other results
        return job.failed(f"This is a bug of evacheck: {type(error).__name__}: {error}", Status.BUG)
