"""How a heap under a concurrent collector looks: white, grey and black objects, stacks and roots. Decides nothing.

The pointer that is being stored stands in bold. A dashed object is one that nothing leads to.
"""

from typing import Any

from checker.lang import Model, Picture


class HeapPicture(Model):
    """What spec.gc.marking inherits: the picture of one of its states."""

    def picture(self):
        return _heap(self)


def _heap(model: Any) -> Picture:
    """Roots and stacks on the left, the heap on the right."""
    picture = Picture(arrange="row", align="middle", gap=58)
    roots = picture.group("roots", "roots and stacks", arrange="column", framed=True, align="middle", gap=30)
    for o in model.Obj:
        if model.in_root(o * model.fields):
            name = "root" if o == 0 else f"global {o - model.objects}"
            roots.node(o, name, shape="box", colour=_colour(model, o), note=_progress(model, o))
    for g in model.Goroutine:
        colour = "grey" if g in model.grey_stacks else "black"
        roots.node(("stack", g), f"stack {g}", shape="pill", colour=colour, note=_doing(model, g))
    right = picture.group("right", arrange="column", align="middle")
    heap = right.group("heap", "heap", arrange="circle", framed=True, gap=50)
    reachable = model.reachable()
    for o in model.Heap:
        note = _progress(model, o) or ("" if o in reachable else "garbage")
        if model.done and o in reachable and o not in model.marked:
            note = "in use, not marked"
        heap.node(o, o, shape="circle", colour=_colour(model, o), note=note, dashed=o not in reachable)
    _pointers(model, picture)
    if model.done:
        right.node("over", "marking is over", shape="pill", colour="amber")
    return picture


def _colour(model: Any, o: int) -> Any:
    """White, grey or black: the object's, as the collector sees it."""
    if o in model.grey or any(s // model.fields == o for s in model.scanning):
        return "grey"
    return "black" if o in model.marked or model.in_root(o * model.fields) else "white"


def _progress(model: Any, o: int) -> str:
    """How far the collector has come with an object."""
    return "being scanned" if any(s // model.fields == o for s in model.scanning) else ""


def _doing(model: Any, g: int) -> str:
    """What a goroutine is in the middle of."""
    point = model.mutator[g].point.rstrip(" 0123456789")
    return "" if g not in model.storing else "store begun" if point == "latched" else point.replace("_", " ")


def _pointers(model: Any, picture: Picture) -> None:
    """Every pointer in a field or on a stack, and those about to be stored."""
    for s in model.Slot:
        if model.field[s] is not None:
            label = str(s % model.fields) if model.fields > 1 else ""
            picture.edge(s // model.fields, model.field[s], label)
    for g in model.Goroutine:
        if model.stack[g] is not None:
            picture.edge(("stack", g), model.stack[g])
        kept = model.mutator[g].locals
        if g in model.storing and kept.get("new") is not None:
            picture.edge(kept["slot"] // model.fields, kept["new"], "to be stored", bold=True)
