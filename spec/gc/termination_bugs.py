"""Decide what the end of marking lets slip where one of its checks is missing. Each class is one bug.

The numbers are those of Go's issues. What Go 1.7 did is in spec.gc.completion.
"""

from spec.gc.termination import Restart, Termination, Without


class NoRestart(Termination):
    """#27993, which the proof of design/26903 overlooks: a P that has been asked drops the last pointer in the heap to
    an object, unseen in its buffer, and only then the object that held it is scanned."""

    objects = 2
    restart = Restart.NOTHING


class NoRestartUnseen(NoRestart):
    """The same, where gcMark does not look for what is left: the object is lost, and nobody says so."""

    def look_for_work(self):
        pass


class NoBlock(Termination):
    """#69803: weak pointers are made strong while marking ends: grey work out of nothing, which a worker gives away."""

    weak = 2
    stores = False
    without = Without.BLOCK


class NoShade(Termination):
    """What a weak pointer leads to is not marked when it is made strong. The stack has been scanned already."""

    objects = 2
    weak = 1
    without = Without.SHADE


class NoRelease(Termination):
    """Nobody lets those go on who wait for their weak pointer."""

    objects = 2
    weak = 1
    without = Without.RELEASE


class NoFlagInDispose(Termination):
    """A P that is asked puts its work on the global list, and says nothing."""

    objects = 2
    weak = 1
    without = Without.DISPOSE_FLAG


class NoFlagInBalance(Termination):
    """A worker gives work away to a P that has been asked, and says nothing."""

    objects = 2
    weak = 1
    without = Without.BALANCE_FLAG


class NoDispose(Termination):
    """A P that is asked keeps its queue."""

    objects = 2
    weak = 1
    without = Without.DISPOSE


class NoLookAtList(Termination):
    """The Ps are asked although there is work on the global list: one that was asked takes it, and sets no flag."""

    objects = 2
    weak = 1
    without = Without.LIST
