"""Decide what the classic litmus tests can show, with store buffers (x86) and with release and acquire (C11).

Each test is a few loads and stores, and one outcome that nobody sees where one store comes after the other. The names
are those of herd and of Alglave, Maranget and Tautschnig, Herding Cats (2014). The verdicts are published: for total
store order by Owens, Sarkar and Sewell, A Better x86 Memory Model: x86-TSO (2009), and in herd's x86 library; for
release and acquire by Lahav, Giannarakis and Vafeiadis, Taming Release-Acquire Consistency (2016). Tests hold both
memories to their axioms besides, on these programs and on ones made at random.
"""

from enum import Enum

from checker.lang import Array, Opt, Range, Var, process, sometimes
from checker.lang.idioms import ReleaseAcquire, StoreBuffers, Threads


class Loc(Enum):
    """What is shared. Everything starts as 0."""

    X = "x"
    Y = "y"


class Litmus(Threads):
    """Some threads, each with its code, and registers that hold what they loaded."""

    Place = Loc
    Word = Range(3)
    Register = Range(4)

    saw = Var(Array(Register, Opt(Word)))

    def code(self, t: Threads.Thread):
        """What thread `t` does."""

    def outcome(self):
        """What cannot be where one store comes after the other."""
        return False

    def reads(self, t: Threads.Thread, r: Register, x: Place):
        """Load into a register."""
        self.saw[r] = self.load(t, x)

    @process(Threads.Thread)
    def thread(self, t: Threads.Thread):
        yield from self.code(t)

    @sometimes
    def is_seen(self):
        """When all have finished, and every store is in its place, the outcome can be there."""
        return all(self.thread[t].finished for t in self.Thread) and self.settled() and self.outcome()


class SB(Litmus):
    """Store buffering: each stores, and does not see what the other stored."""

    def code(self, t: Threads.Thread):
        self.store(t, Loc.X if t == 0 else Loc.Y, 1)
        yield "stored"
        self.between(t)
        self.reads(t, t, Loc.Y if t == 0 else Loc.X)

    def between(self, t: Threads.Thread):
        """Nothing."""

    def outcome(self):
        return self.saw[0] == 0 and self.saw[1] == 0


class SBFences(SB):
    """With a fence between store and load."""

    def between(self, t: Threads.Thread):
        self.fence(t)


class MP(Litmus):
    """Message passing: the flag is seen, and the message is not."""

    def code(self, t: Threads.Thread):
        if t == 0:
            self.store(t, Loc.X, 1)
            yield "wrote the message"
            self.store(t, Loc.Y, 1)
        else:
            self.reads(t, 0, Loc.Y)
            yield "looked at the flag"
            self.reads(t, 1, Loc.X)

    def outcome(self):
        return self.saw[0] == 1 and self.saw[1] == 0


class MPRelaxed(MP):
    """The flag is stored with no release."""

    def code(self, t: Threads.Thread):
        if t == 0:
            self.store(t, Loc.X, 1)
            yield "wrote the message"
            self.store_relaxed(t, Loc.Y, 1)
        else:
            self.reads(t, 0, Loc.Y)
            yield "looked at the flag"
            self.reads(t, 1, Loc.X)


class LB(Litmus):
    """Load buffering: each sees what the other stores after its load."""

    def code(self, t: Threads.Thread):
        self.reads(t, t, Loc.X if t == 0 else Loc.Y)
        yield "loaded"
        self.store(t, Loc.Y if t == 0 else Loc.X, 1)

    def outcome(self):
        return self.saw[0] == 1 and self.saw[1] == 1


class S(Litmus):
    """A store after what was seen comes before the store that was made before that."""

    def code(self, t: Threads.Thread):
        if t == 0:
            self.store(t, Loc.X, 2)
            yield "stored"
            self.store(t, Loc.Y, 1)
        else:
            self.reads(t, 0, Loc.Y)
            yield "loaded"
            self.store(t, Loc.X, 1)

    def outcome(self):
        return self.saw[0] == 1 and self.newest(Loc.X) == 2


class R(Litmus):
    """The second store to y comes last, and whoever made it does not see what came before the first."""

    def code(self, t: Threads.Thread):
        if t == 0:
            self.store(t, Loc.X, 1)
            yield "stored"
            self.store(t, Loc.Y, 1)
        else:
            self.store(t, Loc.Y, 2)
            yield "stored"
            self.reads(t, 0, Loc.X)

    def outcome(self):
        return self.newest(Loc.Y) == 2 and self.saw[0] == 0


class TwoPlusTwoW(Litmus):
    """2+2W: of two stores by each, the first of both come last."""

    def code(self, t: Threads.Thread):
        self.store(t, Loc.X if t == 0 else Loc.Y, 2)
        yield "stored"
        self.store(t, Loc.Y if t == 0 else Loc.X, 1)

    def outcome(self):
        return self.newest(Loc.X) == 2 and self.newest(Loc.Y) == 2


class WRC(Litmus):
    """Write-to-read causality: who is told by one that has seen the store does not see it."""

    threads = 3

    def code(self, t: Threads.Thread):
        if t == 0:
            self.store(t, Loc.X, 1)
        elif t == 1:
            self.reads(t, 0, Loc.X)
            yield "loaded"
            self.store(t, Loc.Y, 1)
        else:
            self.reads(t, 1, Loc.Y)
            yield "loaded"
            self.reads(t, 2, Loc.X)

    def outcome(self):
        return self.saw[0] == 1 and self.saw[1] == 1 and self.saw[2] == 0


class IRIW(Litmus):
    """Independent reads of independent writes: two readers see two stores in different orders."""

    threads = 4

    def code(self, t: Threads.Thread):
        if t == 0:
            self.store(t, Loc.X, 1)
        elif t == 1:
            self.store(t, Loc.Y, 1)
        elif t == 2:
            self.reads(t, 0, Loc.X)
            yield "loaded"
            self.reads(t, 1, Loc.Y)
        else:
            self.reads(t, 2, Loc.Y)
            yield "loaded"
            self.reads(t, 3, Loc.X)

    def outcome(self):
        return self.saw[0] == 1 and self.saw[1] == 0 and self.saw[2] == 1 and self.saw[3] == 0


# Total store order: a store and a later load of another place change places, and nothing else does.


class SBTotal(SB, StoreBuffers):
    """Seen."""


class SBFencesTotal(SBFences, StoreBuffers):
    """Not seen."""


class MPTotal(MP, StoreBuffers):
    """Not seen."""


class LBTotal(LB, StoreBuffers):
    """Not seen."""


class STotal(S, StoreBuffers):
    """Not seen."""


class RTotal(R, StoreBuffers):
    """Seen."""


class TwoPlusTwoWTotal(TwoPlusTwoW, StoreBuffers):
    """Not seen."""


class WRCTotal(WRC, StoreBuffers):
    """Not seen."""


class IRIWTotal(IRIW, StoreBuffers):
    """Not seen."""

    stores = 1  # nobody stores twice


# Release and acquire: what is seen is seen with all that came before it, and nobody need agree on anything else.


class SBReleased(SB, ReleaseAcquire):
    """Seen."""


class SBFencesReleased(SBFences, ReleaseAcquire):
    """Not seen."""


class MPReleased(MP, ReleaseAcquire):
    """Not seen."""


class MPRelaxedReleased(MPRelaxed, ReleaseAcquire):
    """Seen."""


class LBReleased(LB, ReleaseAcquire):
    """Not seen."""


class SReleased(S, ReleaseAcquire):
    """Not seen."""


class RReleased(R, ReleaseAcquire):
    """Seen."""


class TwoPlusTwoWReleased(TwoPlusTwoW, ReleaseAcquire):
    """Seen."""


class WRCReleased(WRC, ReleaseAcquire):
    """Not seen."""


class IRIWReleased(IRIW, ReleaseAcquire):
    """Seen."""
