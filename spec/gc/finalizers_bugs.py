"""Decide what a sweep with a fault in it does to finalizers and weak pointers. Each class is one fault."""

from spec.gc.finalizers import Fault, Finalizers, Kind


class NotRevived(Finalizers):
    """The sweep queues a finalizer and frees its object in the same cycle: the finalizer sees freed memory."""

    fault = Fault.NOT_REVIVED

    freed_objects_have_none = None


class HandleKept(Finalizers):
    """Weak pointers are cleared when an object is freed, and not when its finalizer is queued: both have it."""

    fault = Fault.HANDLE_KEPT


class OneReading(Finalizers):
    """go4org/intern#2, a weak pointer made of a number: what was read before the sweep is a pointer after it."""

    kind = Kind.PLAIN
    fault = Fault.ONE_READING


class NoEnsureSwept(Finalizers):
    """A weak pointer is made strong after marking has found its object garbage, and before the sweep frees it."""

    kind = Kind.PLAIN
    fault = Fault.NO_ENSURE_SWEPT

    nothing_held_is_found_garbage = None


class NoShade(Finalizers):
    """A weak pointer is made strong while marking, on a stack that has been scanned, and the object is not marked."""

    kind = Kind.PLAIN
    fault = Fault.NO_SHADE

    nothing_held_is_found_garbage = None


class Unmarked(Finalizers):
    """SetFinalizer marks nothing: the specials have been looked at, the object is dropped before its stack is scanned,
    and what it points to is freed before its finalizer runs."""

    kind = Kind.PLAIN
    weak = False
    sets = True
    fault = Fault.UNMARKED
