"""Decide what a fault in the sweep's bookkeeping does. Each class is one fault."""

from spec.gc.sweep import Fault, Sweep


class NoCas(Sweep):
    """Two look at a span that is to be swept, and both sweep it. The second finds no marks, and frees what is used."""

    fault = Fault.NO_CAS


class SweptBeforeBits(Sweep):
    """A span is called swept before its bits are: who has waited for that finds garbage in it."""

    fault = Fault.SWEPT_BEFORE_BITS


class ListedBeforeSwept(Sweep):
    """A span is put on a list before it is called swept: somebody takes it, and the sweeper writes over his mark."""

    fault = Fault.LISTED_BEFORE_SWEPT


class CacheKept(Sweep):
    """A P goes on allocating from the span that it had before the sweep began."""

    fault = Fault.CACHE_KEPT


class NoToken(Sweep):
    """Nobody counts those who sweep: the sweep seems to be done while a span is being swept."""

    fault = Fault.NO_TOKEN


class Preemptible(Sweep):
    """The world is stopped for the next cycle while somebody sweeps."""

    fault = Fault.PREEMPTIBLE
