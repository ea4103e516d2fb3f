"""How objects with finalizers look while the collector goes round. Decides nothing."""

from typing import Any

from checker.lang import Cell, Model, Picture


class FinalizersPicture(Model):
    """What spec.gc.finalizers inherits: the picture of one of its states."""

    def picture(self):
        return _objects(self)


def _objects(model: Any) -> Picture:
    """What points to the objects, the objects, and what the collector is at."""
    picture = Picture(arrange="row", align="middle", gap=58)
    left = picture.group("roots", "roots", arrange="column", framed=True, align="middle", gap=26)
    left.node("program", "program", shape="pill", colour="black")
    left.cells("queue", [Cell(str(o)) for o in model.queue] or [""], label="queue")
    running = "no finalizer runs" if model.running is None else f"finalizer of {model.running} runs"
    left.node("running", running, shape="pill", colour="plain" if model.running is None else "amber")
    if model.weak:
        left.node("weak", "weak pointer" + (": nil" if model.handle is None else ""), shape="pill", colour="quiet")
    heap = picture.group("heap", "objects", arrange="column", framed=True, gap=40)
    for o in model.Obj:
        colour = "red" if o in model.freed else "black" if o in model.marked else "white"
        heap.node(o, o, shape="circle", colour=colour, note=_note(model, o), dashed=o in model.freed)
    phase = "marks" if model.marking else "sweeps" if model.unswept else "rests"
    picture.node("phase", f"the collector {phase}", shape="pill", colour="amber" if model.marking else "plain")
    _pointers(model, picture)
    return picture


def _note(model: Any, o: int) -> str:
    """What is to be said of an object."""
    said = ["freed"] if o in model.freed else []
    said += ["finalizer"] if o in model.finalizer else []
    said += ["to be swept"] if o in model.unswept else []
    return ", ".join(said)


def _pointers(model: Any, picture: Picture) -> None:
    for o in model.held:
        picture.edge("program", o)
    for o in model.Obj:
        for p in model.next_of(o):
            picture.edge(o, p)
    if model.running is not None:
        picture.edge("running", model.running)
    if model.handle is not None:
        picture.edge("weak", model.handle, dashed=True)
