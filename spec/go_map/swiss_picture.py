"""How Go's Swiss map looks: the directory, its tables with their groups, the loop and what only it still reads.

Decides nothing. A slot has the hash of its entry above it, in binary: the bits that choose from the directory, then
those that choose the group. `x` is a tombstone; red is an entry that its hash does not lead to.
"""

from typing import Any

from checker.lang import Cell, Model, Picture

FEW = 16
"""Keys that are drawn at most, and groups of a table: Go's have up to 128."""


class SwissPicture(Model):
    """What spec.go_map.table inherits: the picture of one of its states."""

    def picture(self):
        return draw_swiss(self)


def draw_swiss(model: Any) -> Picture:
    """What the map's user sees, then the small map's group or the directory with its tables."""
    picture = Picture(gap=28)
    head = picture.group("head", arrange="row", align="middle", gap=26)
    if hasattr(model, "contents"):
        keys = [k for k in model.Held if model.keys <= FEW or model.contents[k] is not None]
        more = f", and {len(keys) - FEW} keys more" if len(keys) > FEW else ""
        head.cells("contents", [_stored(model, k) for k in keys[:FEW]], label=f"the user's map{more}")
    head.node("m", f"used {model.used}\nglobalDepth {model.globalDepth}")
    if model.dirLen == 0:
        frame = picture.group("small", "a small map: one group", arrange="row", framed=True)
        frame.cells("group", _slots(model, model.small, lambda k: True))
        return picture
    directory = [f"{i:0{max(1, model.globalDepth)}b}" for i in range(model.dirLen)]
    picture.cells("directory", [Cell("", name) for name in directory], label="directory")
    tables = picture.group("tables", arrange="row", gap=24)
    for t in model.Tab:
        if model.tables[t].capacity > 0:
            _table(model, tables, ("table", t), f"table {t}", model.tables[t], lambda k, t=t: _leads(model, k) == t)
    for i in range(model.dirLen):
        if model.directory[i] is not None and model.tables[model.directory[i]].capacity > 0:
            picture.edge(("directory", i), ("table", model.directory[i], 0))
    return picture


def draw_loop(model: Any, picture: Picture) -> Picture:
    """The loop below the map, with an arrow to the slot it looks at next, and the table that only it still reads."""
    it, fault = model.it, model.fault.name
    if not it.active and fault == "NONE":
        return picture
    beside = picture.group("loop", arrange="row", gap=40)
    place = beside.group("beside", arrange="column", gap=14)
    if it.active:
        note = f"yielded {_keys(model, model.yielded)}\ndue {_keys(model, model.due)}"
        place.node("it", "range", shape="pill", colour="amber", note=note)
        if it.replaced:
            title = "the small map's group, replaced" if it.small else "a table that was replaced"
            _table(model, beside, "kept", f"{title}: only the loop reads it", model.kept, lambda k: True)
        _arrow(model, picture)
    else:
        place.node("it", "range", shape="pill", colour="quiet", note="has ended")
    if fault != "NONE":
        place.node("fault", _FAULTS[fault], colour="red")
    return picture


_FAULTS = {
    "TWICE": "an entry is yielded twice",
    "REMOVED": "a removed entry is yielded",
    "OLD_VALUE": "an old value is yielded",
    "MISSED": "an entry was missed",
}


def _name(model: Any, k: int) -> str:
    """A key; one that equals nothing is called NaN."""
    return f"k{k}" if k < model.keys else f"NaN{k - model.keys}"


def _keys(model: Any, held: set[int]) -> str:
    return ", ".join(_name(model, k) for k in sorted(held)) or "nothing"


def _stored(model: Any, k: int) -> Cell:
    """What the user stored under a key."""
    value = model.contents[k]
    return Cell("", _name(model, k), "quiet", True) if value is None else Cell(str(value), _name(model, k), "green")


def _leads(model: Any, k: int) -> Any:
    """To which table the hash of a key leads."""
    return model.directory[model.directoryIndex(model.seed[k])]


def _table(model: Any, place: Any, name: Any, title: str, table: Any, fits: Any) -> None:
    """A table: its groups side by side, with what it can still take."""
    head = "" if name == "kept" else f", localDepth {table.localDepth}, growthLeft {table.growthLeft}"
    shown = place.group((name, "frame"), title + head, arrange="row", framed=True, gap=14)
    for g in _some_groups(model, table):
        shown.cells((*name, g) if name != "kept" else (name, g), _slots(model, table.groups[g], fits))


def _some_groups(model: Any, table: Any) -> list[int]:
    """The groups that are drawn: all, or the first, that at which a loop is, and some that are not empty."""
    count = table.capacity // model.slots
    if count <= FEW:
        return list(range(count))
    place = _at(model, table) // model.slots if hasattr(model, "it") and model.it.active else 0
    full = [g for g in range(count) if any(c.name != "EMPTY" for c in table.groups[g].ctrls)]
    return sorted({0, place, *full[:2]})


def _at(model: Any, table: Any) -> int:
    """The slot at entryIdx; past the last one, that one."""
    return int((min(model.it.entryIdx, table.capacity - 1) + model.it.entryOffset) % table.capacity)


def _slots(model: Any, group: Any, fits: Any) -> list[Cell]:
    """The slots of a group."""
    return [_slot(model, group.ctrls[i].name, group.key[i], group.elem[i], fits) for i in model.Slot]


def _slot(model: Any, ctrl: str, k: int, v: int, fits: Any) -> Cell:
    if ctrl != "FULL":
        return Cell("x" if ctrl == "DELETED" else "", "", "quiet", ctrl == "DELETED")
    name = _name(model, k)
    nan = k >= model.keys
    bits = "" if nan else f"{model.seed[k]:0{max(1, model.maxDepth + model.groupBits)}b}"
    return Cell(name if model.values == 1 else f"{name}: {v}", bits, "blue" if nan or fits(k) else "red")


def _arrow(model: Any, picture: Picture) -> None:
    """From the loop to the slot at entryIdx; past the last one, to that one."""
    it = model.it
    table = model.kept if it.replaced else model.tables[it.tab]
    capacity = model.slots if it.small else table.capacity
    if capacity == 0:
        return
    at = (min(it.entryIdx, capacity - 1) + it.entryOffset) % capacity  # a small map's group has no table
    group = ("kept", at // model.slots) if it.replaced else ("table", it.tab, at // model.slots)
    if it.small and not it.replaced:
        group = "group"
    picture.edge("it", (group, at % model.slots), "" if it.entryIdx < capacity else "behind it", bold=True)
