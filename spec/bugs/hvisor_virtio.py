"""Decide whether a virtio backend can sleep while a request waits for it (syswonder/hvisor#266).

The guest stores its request and then looks whether the backend wants to be woken. The backend stores that it does,
looks once more for requests, and sleeps. Each has to see what the other stored; but a store waits in a buffer, and both
can look too early. There were sleeps of a millisecond in the code, for stalls that nobody could explain. The mend is a
fence between store and load, on both sides.

The memory is that of x86, which is strong; Arm and RISC-V, for which this was written, allow the same.
"""

from enum import Enum

from checker.lang import Bool, Range, Var, process, require, sometimes
from checker.lang.idioms import StoreBuffers


class Shared(Enum):
    """What guest and backend share."""

    REQ_REAR = "req_rear"
    NEED_WAKEUP = "need_wakeup"


class Virtio(StoreBuffers):
    """Thread 0 is the guest, with one request; thread 1 the backend."""

    Place = Shared
    Word = Range(2)

    kicked = Var(Bool)
    served = Var(Bool)

    def in_between(self, t: StoreBuffers.Thread):
        """Nothing."""

    @process
    def guest(self):
        self.store(0, Shared.REQ_REAR, 1)
        yield "stored the request"
        self.in_between(0)
        yield "looks whether to wake the backend"
        if self.load(0, Shared.NEED_WAKEUP) == 1:
            self.kicked = True

    @process
    def backend(self):
        self.store(1, Shared.NEED_WAKEUP, 1)
        yield "wants to be woken"
        self.in_between(1)
        yield "looks for requests"
        if self.load(1, Shared.REQ_REAR) == 0:
            yield "sleeps"
            require(self.kicked)
        self.served = True

    @sometimes
    def the_backend_is_woken(self):
        """The backend can sleep, and be woken."""
        return self.kicked and self.served


class VirtioFences(Virtio):
    """Mended: each makes its store seen before it looks."""

    def in_between(self, t: StoreBuffers.Thread):
        self.fence(t)
