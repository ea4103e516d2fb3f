"""How a ConcurrentHashMap looks: its tables with their bins, what sizeCtl says, and the threads. Decides nothing.

A bin hangs below its number. `moved` is a ForwardingNode, dashed arrows lead from it to the two bins of the next table,
and `held` is a ReservationNode. A node is a key and its value; red is a value that the map no longer has, and a locked
bin has the name of the thread above it. Threads that count as resizers are amber; red is one that counts for a table
which has been replaced, or that is gone.
"""

from typing import Any

from checker.lang import Cell, Model, Picture

_INITIALISING = -1


class TablePicture(Model):
    """What spec.java.table inherits: the picture of one of its states."""

    def picture(self):
        return draw_tables(self)


def draw_tables(model: Any) -> Picture:
    """What the map holds and what its fields say; the tables, the oldest first; the threads."""
    picture = Picture(gap=28)
    head = picture.group("head", arrange="row", align="middle", gap=30)
    head.cells("contents", [_stored(model, k) for k in model.Key], label="the map's contents")
    head.node("sizeCtl", f"sizeCtl\n{size_control(model)}", colour="amber" if model.resizing() else "plain")
    head.node("transferIndex", f"transferIndex\n{model.transferIndex}")
    for tab in model.Tab:
        if model.length[tab] > 0:
            _table(model, picture, tab)
    for tab in model.Tab:
        _forwards(model, picture, tab)
    threads = picture.group("threads", arrange="row", align="middle", gap=20)
    for t in model.Thread:
        _thread(model, threads, t)
    return picture


def size_control(model: Any) -> str:
    """sizeCtl in words: the table that is being moved, one, and how many resizers there are; or the next threshold."""
    if model.sizeCtl == _INITIALISING:
        return "making the table"
    if model.sizeCtl >= 0:
        return f"resize at {model.sizeCtl}"
    stamp, low = divmod(model.sizeCtl, model.SHIFT)
    moved = {model.resizeStamp(1 << i): 1 << i for i in range(4)}
    return f"stamp({moved.get(stamp, '?')}) + {low}"


def _table(model: Any, picture: Picture, tab: int) -> None:
    """One table: a frame that says what it is to the map, and its bins side by side."""
    name = "table" if tab == model.table else "nextTable" if tab == model.nextTable else "replaced"
    title = f"{name}: {_bins(model.length[tab])}"
    frame = picture.group(("table", tab), title, arrange="row", framed=True, align="start", gap=16)
    for i in range(model.length[tab]):
        frame.cells(("bin", tab, i), _bin(model, tab, i), label=str(i), down=True)


def _bins(n: int) -> str:
    """How many there are."""
    return "1 bin" if n == 1 else f"{n} bins"


def _bin(model: Any, tab: int, i: int) -> list[Cell]:
    """A bin: its ForwardingNode, its ReservationNode, or its nodes."""
    first, to = model.bins[tab][i].first, model.bins[tab][i].to
    if to is not None:
        return [Cell("moved", "", "quiet", True)]
    if first is None:
        return [Cell("", "", "plain", True)]
    owner = model.monitor[first]
    lock = "" if owner is None else f"T{owner} "
    if first >= model.tables * model.keys:
        return [Cell("held", lock, "amber")]
    cells, e = [], first
    while e is not None and len(cells) < model.keys:
        k, v = e % model.keys, model.val[e]
        cells.append(Cell(f"k{k}: {v}", lock, "blue" if v == model.contents[k] else "red"))
        e, lock = model.next[e], ""
    return cells


def _stored(model: Any, k: int) -> Cell:
    """What the map holds for a key, and how it is found: red if it is not."""
    held = model.contents[k]
    if held == 0:
        return Cell("", f"k{k}", "quiet", True)
    return Cell(str(held), f"k{k}", "green" if model.find(k) == held else "red")


def _forwards(model: Any, picture: Picture, tab: int) -> None:
    """From each forwarding bin to the two that have its entries."""
    n = model.length[tab]
    for i in range(n):
        to = model.bins[tab][i].to
        if to is not None and tab == model.table:
            for j in (i, i + n):
                if j < model.length[to]:
                    picture.edge(("bin", tab, i), ("bin", to, j), dashed=True)


def _thread(model: Any, place: Any, t: int) -> None:
    """A thread: where it stands, and as whose resizer it counts."""
    where = "has ended" if model.thread[t].finished else model.thread[t].point.split("#")[0]
    inside = model.inside[t]
    note = "" if inside is None else f"a resizer of {_bins(model.length[inside])}"
    late = inside is not None and inside != model.table and t not in model.sweeping
    gone = inside is not None and model.thread[t].finished
    colour = "red" if late or gone else "amber" if inside is not None else "plain"
    place.node(("thread", t), f"T{t}\n{where}", shape="pill", colour=colour, note=note)
