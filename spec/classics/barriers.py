"""Decide whether a barrier that is used again and again lets everybody through, and nobody twice.

After Barriers.tla of the TLA+ examples (Differdange; the reusable barrier of Downey's Little Book of Semaphores), whose
specification says nothing of fairness: here every process is weakly fair, and that is enough.
"""

from checker.lang import Bool, Model, Param, Range, Var, always, always_eventually, process, require, sometimes


class Barriers(Model):
    """Two chambers, one after the other: the last to come into one opens it for all."""

    processes = Param(6, Range(1, 8))

    Process = Range(processes)
    Places = Range(0, processes)

    free = Var(Bool)  # the lock of rdv
    gate_1 = Var(Places)  # how many may go through the first gate
    gate_2 = Var(Places)
    rdv = Var(Places)  # how many have come to the rendezvous and not left it

    def init(self):
        self.free = True

    def lock(self):
        require(self.free)
        self.free = False

    @process(Process)
    def proc(self, p: Process):
        while True:
            yield "a1"
            self.lock()
            yield "a2"
            self.rdv += 1
            yield "a3"
            if self.rdv == self.processes:
                yield "a4"
                self.gate_1 += self.processes
            yield "a5"
            self.free = True
            yield "a6"
            require(self.gate_1 > 0)
            self.gate_1 -= 1
            yield "a7"
            self.lock()
            yield "a8"
            self.rdv -= 1
            yield "a9"
            if self.rdv == 0:
                yield "a10"
                self.gate_2 += self.processes
            yield "a11"
            self.free = True
            yield "a12"
            require(self.gate_2 > 0)
            self.gate_2 -= 1
            yield "a0"

    @always
    def one_gate_is_closed(self):
        """The two gates are never open at once."""
        return self.gate_1 == 0 or self.gate_2 == 0

    @always
    def nobody_is_a_round_ahead(self):
        """While somebody is still on the way to the first gate, nobody is on the way to the second."""
        return not (
            any(self.proc[p].at("a1", "a2", "a3", "a4") for p in self.Process)
            and any(self.proc[p].at("a7", "a8", "a9", "a10") for p in self.Process)
        )

    @sometimes
    def all_wait_at_the_first_gate(self):
        """All can wait at the first gate, which is open."""
        return self.gate_1 == self.processes and all(self.proc[p].at("a6") for p in self.Process)

    @always_eventually
    def everybody_goes_round(self, p: Process):
        """Again and again each process goes through the first gate."""
        return self.proc[p].at("a7")


class BarriersStopping(Barriers):
    """A process may stop for ever: everybody waits for it."""

    processes = 3

    @process(Barriers.Process, fair=False)
    def proc(self, p: Barriers.Process):
        yield from super().proc(p)
