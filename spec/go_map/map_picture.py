"""How Go's classic map looks: bucket arrays, the old one above the new one, cells, evacuation, loops. Decides nothing.

A cell has its tophash code above it: `rest` and `one` are emptyRest and emptyOne, X and Y say where an entry has moved,
`gone` is evacuatedEmpty, and above an entry stands its hash, in binary; red is an entry that its
hash does not lead to. Dashed arrows lead from an old bucket to where
its entries went.
"""

from collections.abc import Callable
from typing import Any

from checker.lang import Cell, Model, Picture
from spec.go_map.arithmetic import Top

CODES = {
    Top.EMPTY_REST: "rest",
    Top.EMPTY_ONE: "one",
    Top.EVACUATED_X: "X",
    Top.EVACUATED_Y: "Y",
    Top.EVACUATED_EMPTY: "gone",
}
_FEW = 16  # keys; of more only those in the map are shown
MOVED = (Top.EVACUATED_X, Top.EVACUATED_Y, Top.EVACUATED_EMPTY)


class MapPicture(Model):
    """What spec.go_map.hmap inherits: the picture of one of its states."""

    def picture(self):
        return draw_map(self)


def draw_map(model: Any, between: Callable[[Any, Picture], None] | None = None) -> Picture:
    """What the map's user sees, the old array, the new array; `between` draws what points at both."""
    picture = Picture(gap=28)
    head = picture.group("head", arrange="row", align="middle", gap=26)
    if hasattr(model, "contents"):
        few = len(model.Held) <= _FEW
        shown = [k for k in model.Held if few or model.contents[k] is not None]
        head.cells("contents", [_stored(model, k) for k in shown], label="the user's map")
    head.node("h", f"count {model.count}\nB {model.B}", note="grows to the same size" if model.sameSize else "")
    old = f"oldbuckets, next to evacuate: {model.nevacuate}" if model.growing() else "oldbuckets: nil"
    _array(model, picture, "old", old, model.oldbuckets)
    if between is not None:
        between(model, picture)
    _array(model, picture, "new", "buckets", model.buckets)
    if model.growing():
        _evacuations(model, picture)
    return picture


def _array(model: Any, picture: Picture, which: str, title: str, array: Any) -> None:
    """A bucket array: its chains side by side, each with its overflow buckets below."""
    shown = picture.group(which, title, arrange="row", framed=True, gap=20)
    size = model.noldbuckets() if which == "old" else 1 << model.B
    cleared = model.pointers and not getattr(model, "oldIterator", False)
    for i, chain in enumerate(array):
        if chain:
            group = shown.group((which, i), f"bucket {i}", arrange="column", gap=24)
            draw_chain(model, picture, group, chain, lambda k, i=i: model.hash[k] % size == i, cleared)


def draw_chain(
    model: Any, picture: Picture, group: Any, chain: Any, fits: Callable[[int], bool], cleared: bool = False
) -> None:
    """A bucket and its overflow buckets; the id of bucket number n in the chain is that of the group, and n. `fits`
    says whether a key belongs here, `cleared` whether evacuated cells hold the zero value, which looks like key 0."""
    for n, bucket in enumerate(chain):
        cells = [_cell(model, bucket, c, fits, cleared) for c in model.Cell]
        group.cells((*group.id, n), cells)
        if n > 0:
            picture.edge((*group.id, n - 1), (*group.id, n))


def _cell(model: Any, bucket: Any, c: int, fits: Callable[[int], bool], cleared: bool) -> Cell:
    """A cell with its code, or the hash of its entry; red if it should lie elsewhere."""
    top, k = bucket.tophash[c], bucket.key[c]
    if top in (Top.EMPTY_REST, Top.EMPTY_ONE, Top.EVACUATED_EMPTY):
        return Cell("", CODES[top], "quiet", top is Top.EVACUATED_EMPTY)
    text = _name(model, k) if model.values == 1 else f"{_name(model, k)}: {bucket.elem[c]}"
    if top in MOVED:
        held = not cleared and (k != 0 or fits(k))
        return Cell(text if held else "", CODES[top], "quiet", True)
    return Cell(text, _hash(model, k), "blue" if k >= model.keys or fits(k) else "red")


def _name(model: Any, k: int) -> str:
    """A key; one that equals nothing is called NaN."""
    return f"k{k}" if k < model.keys else f"NaN{k - model.keys}"


def _stored(model: Any, k: int) -> Cell:
    """What the user stored under a key."""
    value = model.contents[k]
    return Cell("", _name(model, k), "quiet", True) if value is None else Cell(str(value), _name(model, k), "green")


def _hash(model: Any, k: int) -> str:
    """The hash of a key in binary: its last digits are the number of the bucket."""
    return f"{model.hash[k]:0{max(1, model.hashBits)}b}" if k < model.keys else "any"


def _evacuations(model: Any, picture: Picture) -> None:
    """From each old bucket that has been evacuated to the buckets of the new array that took its entries."""
    for i, chain in enumerate(model.oldbuckets):
        tops = {bucket.tophash[c] for bucket in chain for c in model.Cell}
        for top, to in ((Top.EVACUATED_X, i), (Top.EVACUATED_Y, i + model.noldbuckets())):
            if top in tops and to < len(model.buckets) and model.buckets[to]:
                picture.edge(("old", i, len(chain) - 1), ("new", to), dashed=True)
