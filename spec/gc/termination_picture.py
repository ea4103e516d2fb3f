"""How the end of marking looks: the heap, and the places where work lies. Decides nothing.

White, grey and black are the collector's. A dashed object is one that nothing leads to. What a P has in its buffer is
not marked by that; what it has in its queue is.
"""

from typing import Any

from checker.lang import Cell, Model, Picture


class TerminationPicture(Model):
    """What spec.gc.termination inherits: the picture of one of its states."""

    def picture(self):
        return _ending(self)


def _ending(model: Any) -> Picture:
    """Stacks and heap on the left, the queues on the right."""
    picture = Picture(arrange="row", align="middle", gap=58)
    roots = picture.group("roots", "roots", arrange="column", framed=True, align="middle", gap=30)
    roots.node("global", "global", shape="box", colour="grey" if model.grey_globals else "black")
    for g in model.G:
        colour = "grey" if g in model.grey_stacks else "black"
        note = "waits for its weak pointer" if g in model.parked else ""
        roots.node(("stack", g), f"stack {g}", shape="pill", colour=colour, note=note)
    heap = picture.group("heap", "heap", arrange="circle", framed=True, gap=50)
    reachable = model.reachable()
    for o in model.Obj:
        heap.node(o, o, shape="circle", colour=_colour(model, o), note=_note(model, o), dashed=o not in reachable)
    queues = picture.group("queues", arrange="column", gap=26)
    _list(queues, "full", "global list", model.full)
    for p in model.P:
        _processor(model, queues, p)
    _collector(model, queues)
    _pointers(model, picture)
    return picture


def _colour(model: Any, o: int) -> Any:
    queued = o in model.full or any(o in model.gcw[p] for p in model.P)
    return "grey" if queued else "black" if o in model.marked else "white"


def _note(model: Any, o: int) -> str:
    in_use = o in model.reachable()
    return "" if not in_use and not model.over else "garbage" if not in_use else _missed(model, o)


def _missed(model: Any, o: int) -> str:
    return "in use, not marked" if model.over and o not in model.marked else ""


def _list(group: Any, name: Any, label: str, objects: Any) -> None:
    """What lies in one place, as a row of cells; one empty cell if nothing does."""
    group.cells(name, [Cell(str(o)) for o in sorted(objects)] or [""], label=label)


def _processor(model: Any, queues: Any, p: int) -> None:
    """A P: its queue, its buffer, its flag, and whether a worker runs there."""
    title = f"P {p}" + (", a worker runs" if p in model.workers else "")
    frame = queues.group(("P", p), title, arrange="column", framed=True, gap=14)
    _list(frame, ("gcw", p), "gcw", model.gcw[p])
    _list(frame, ("wbBuf", p), "wbBuf", model.wbBuf[p])
    flag = "flushedWork" if model.flushedWork[p] else "no flag"
    frame.node(("flag", p), flag, shape="box", colour="amber" if model.flushedWork[p] else "quiet")


def _collector(model: Any, queues: Any) -> None:
    """How far gcMarkDone has come."""
    if model.over:
        queues.node("gcMarkDone", "marking is over", shape="pill", colour="amber")
        return
    done = model.gcMarkDone
    text = {"start": "has not begun", "top": "back at the top"}.get(done.point, done.point)
    asked = done.locals.get("asked")
    note = f"asked: {sorted(asked)}" if asked else ""
    queues.node("gcMarkDone", f"gcMarkDone: {text}", shape="pill", colour="plain", note=note)


def _pointers(model: Any, picture: Picture) -> None:
    picture.edge("global", 0)
    for o in model.Obj:
        if model.field[o] is not None:
            picture.edge(o, model.field[o])
    for g in model.G:
        if model.stack[g] is not None:
            picture.edge(("stack", g), model.stack[g])
