"""How the memory of a map looks while a collector marks it: the hmap, bucket arrays, what they hold. Decides nothing.

White objects are not marked, grey ones still to be scanned, black ones done; a red one has been freed and is in use.
Cells have their tophash codes above them, as in map_picture; dashed arrows lead from an old bucket to where its entries
went.
"""

from typing import Any

from checker.lang import Cell, Model, Picture
from spec.go_map.arithmetic import Top
from spec.go_map.map_picture import CODES, MOVED

HMAP = 0


class MemoryPicture(Model):
    """What spec.go_map.memory inherits: the picture of one of its states."""

    def picture(self):
        return draw_memory(self)


def draw_memory(model: Any) -> Picture:
    """The goroutine and the map on the left, bucket arrays in the middle, what they lead to on the right."""
    used = model.reachable()
    picture = Picture(gap=24)
    top = picture.group("top", arrange="row", gap=40)
    phase = {"OFF": "not marking", "MARK": "marking", "SWEEP": "marking is over"}[model.phase.name]
    top.node("phase", phase, shape="pill", colour="amber" if model.phase.name != "OFF" else "quiet")
    body = picture.group("body", arrange="row", align="middle", gap=70)
    left = body.group("left", arrange="column", gap=44, align="middle")
    stack = "grey" if model.grey_stack else "black" if model.phase.name != "OFF" else "plain"
    left.node("stack", "stack", shape="pill", colour=stack, note=_standing(model))
    left.node(HMAP, "hmap", colour=_colour(model, HMAP, used), note=_progress(model, HMAP))
    _arrays(model, picture, body.group("arrays", arrange="column", gap=20), used)
    right = body.group("right", arrange="column", gap=30)
    for o in range(1 + model.arrays + model.overflows, len(model.Obj)):
        if o not in model.free or o in used:
            right.node(o, _name(model, o), shape="circle", colour=_colour(model, o, used), note=_progress(model, o))
    _pointers(model, picture)
    return picture


def _standing(model: Any) -> str:
    """Where the goroutine stands in an operation of the map."""
    return model.goroutine.point.rstrip(" 0123456789") if hasattr(model, "goroutine") else model.where.value


def _name(model: Any, o: int) -> str:
    """What an object is called."""
    kinds = (("array", model.arrays), ("overflow", model.overflows), ("key", model.keys), ("elem", model.values))
    place = o - 1
    for kind, count in kinds:
        if place < count:
            return f"{kind} {place}"
        place -= count
    return f"list {place}"


def _colour(model: Any, o: int, used: set[int]) -> Any:
    """White, grey or black while marking; red if it is free and yet in use."""
    if o in model.free:
        return "red" if o in used else "quiet"
    if model.phase.name == "OFF":
        return "plain"
    if o in model.grey or model.scanning == o:
        return "grey"
    return "black" if o in model.marked else "white"


def _progress(model: Any, o: int) -> str:
    """What is to be said of an object besides its colour."""
    notes = []
    if o in model.free:
        notes.append("freed, and in use")
    if model.scanning == o:
        notes.append("being scanned")
    if o in model.fresh:
        notes.append("just allocated")
    if model.phase.name == "SWEEP" and o not in model.marked and o in model.reachable():
        notes.append("in use, not marked")
    return "\n".join(notes)


def _arrays(model: Any, picture: Picture, group: Any, used: set[int]) -> None:
    """The bucket arrays and the overflow buckets that are not free, each with its colour before its buckets."""
    objects = [(model.array(a), [model.at(a, i) for i in range(1 << model.size[a])]) for a in model.Arr]
    objects += [(model.overflow_bucket(o), [model.linked(o)]) for o in model.Overflow]
    for o, places in objects:
        if o in model.free and o not in used:
            continue
        frame = group.group(("object", o), arrange="row", align="middle", framed=True, gap=24)
        garbage = o not in used
        note = _progress(model, o) or ("garbage" if garbage else "")
        frame.node(o, _name(model, o), colour=_colour(model, o, used), note=note, dashed=garbage)
        for p in places:
            cells = [_cell(model, model.bucket[p], c) for c in model.Cell]
            frame.cells(("bucket", p), cells)


def _cell(model: Any, bucket: Any, c: int) -> Cell:
    """A cell with its tophash code, or the hash of its key."""
    top, k = bucket.tophash[c], bucket.key[c]
    if top is Top.LIVE:
        shown = "" if k is None else f"k{k}"
        return Cell(shown, "live" if k is None else f"{model.hash[k]:0{max(1, model.hashBits)}b}", "blue")
    empty = k is None or top not in MOVED
    return Cell("" if empty else f"k{k}", CODES[top], "quiet", top in MOVED)


def _pointers(model: Any, picture: Picture) -> None:
    """Every pointer: from the hmap, from cells, from buckets to overflow buckets, from lists, and from the stack."""
    for label, a in (("oldbuckets", model.oldbuckets), ("buckets", model.buckets)):
        if a is not None:
            picture.edge(HMAP, model.array(a), label)
    for label, n in (("overflow", model.overflow), ("oldoverflow", model.oldoverflow)):
        if n is not None:
            picture.edge(HMAP, model.list_object(n), label)
    for o in sorted(model.stack()):
        picture.edge("stack", o, bold=o in model.fresh)
    for n in model.List:
        for o in sorted(model.listed[n]):
            picture.edge(model.list_object(n), model.overflow_bucket(o))
    there = {(leaf.id, c) for leaf in picture.leaves() for c in model.Cell if isinstance(leaf.id, tuple)}
    for p in model.Place:
        for c in model.Cell:
            if (("bucket", p), c) in there:
                _from_cell(model, picture, p, c)
        if (("bucket", p), 0) in there and model.bucket[p].overflow is not None:
            picture.edge(("bucket", p), model.overflow_bucket(model.bucket[p].overflow), "overflow")

    if model.oldbuckets is not None and model.buckets is not None:
        _evacuations(model, picture)


def _evacuations(model: Any, picture: Picture) -> None:
    """From each old bucket that has been evacuated to the buckets of the new array that took its entries."""
    for i in range(model.noldbuckets()):
        old = model.at(model.oldbuckets, i)
        for top, to in ((Top.EVACUATED_X, i), (Top.EVACUATED_Y, i + model.noldbuckets())):
            if top in model.bucket[old].tophash:
                picture.edge(("bucket", old), ("bucket", model.at(model.buckets, to)), dashed=True)


def _from_cell(model: Any, picture: Picture, p: int, c: int) -> None:
    """The pointers in one cell: to its key and to its element, if the map holds pointers to them."""
    bucket = model.bucket[p]
    kind = model.pointers.name
    if kind in ("KEYS", "BOTH") and bucket.key[c] is not None:
        picture.edge((("bucket", p), c), model.key_object(bucket.key[c]))
    if kind in ("ELEMS", "BOTH") and bucket.elem[c] is not None:
        picture.edge((("bucket", p), c), model.value_object(bucket.elem[c]))
