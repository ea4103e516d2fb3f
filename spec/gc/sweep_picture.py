"""How spans look while they are swept. Decides nothing."""

from typing import Any

from checker.lang import Cell, Model, Picture

SAID = {-2: "to be swept", -1: "being swept", 0: "swept", 1: "cached, to be swept", 3: "cached"}


class SweepPicture(Model):
    """What spec.gc.sweep inherits: the picture of one of its states."""

    def picture(self):
        return _spans(self)


def _spans(model: Any) -> Picture:
    """Each span with its slots, and the lists."""
    picture = Picture(arrange="row", align="start", gap=50)
    heap = picture.group("heap", "spans", arrange="column", framed=True, gap=24)
    for s in model.Span:
        label = f"span {s}: " + (SAID.get(model.sweepgen[s], "?") if s in model.in_use else "in the page heap")
        heap.cells(("span", s), [_slot(model, s, i) for i in model.Slot], label=label)
    where = picture.group("where", arrange="column", gap=24)
    for name, spans in (("unswept", model.unswept), ("swept", model.swept)):
        where.cells(name, [Cell(str(s)) for s in sorted(spans)] or [""], label=name)
    for p in model.P:
        held = "" if model.cached[p] is None else str(model.cached[p])
        where.cells(("cached", p), [held], label=f"cached by P {p}")
    phase = "marking" if model.marking else "drained" if model.drained else "sweeping"
    where.node(
        "phase", phase, shape="pill", colour="amber" if model.marking else "plain", note=f"{model.sweepers} sweep"
    )
    return picture


def _slot(model: Any, s: int, i: int) -> Cell:
    """A slot: in use, garbage or free; `m` if it is marked."""
    o = s * model.slots + i
    lost = o in model.live and not model.is_allocated(o)
    text = "freed!" if lost else "in use" if o in model.live else "garbage" if model.is_allocated(o) else ""
    head = "m" if i in model.gcmarkBits[s] else ""
    return Cell(text, head, "red" if lost else "green" if o in model.live else "quiet" if text else "plain")
