"""How range loops over Go's classic map look: where each stands, what it keeps and has yielded. Decides nothing."""

from typing import Any

from checker.lang import Picture
from spec.go_map.map_picture import draw_chain


def draw_loops(model: Any, picture: Picture) -> None:
    """The loops, each with an arrow to the cell at which it goes on, beside what only it still reads. They stand
    between the arrays, so that no arrow runs through the cells of the other one."""
    loops = picture.group("loops", arrange="column", gap=24)
    for n in model.It:
        it = model.it[n]
        beside = loops.group(("beside", n), arrange="row", gap=40)
        place = beside.group(("loop", n), arrange="column", gap=14)
        fault = model.fault.name if model.fault.name != "NONE" else ""
        if it.active:
            note = f"yielded {_keys(model, model.yielded[n])}\ndue {_keys(model, model.due[n])}\n{_standing(model, it)}"
            place.node(("it", n), f"range {n}", shape="pill", colour="amber", note=note)
            _kept(model, picture, beside, n)
            _arrow(model, picture, n)
        elif fault:
            place.node(("it", n), f"range {n}", shape="pill", colour="quiet", note="has ended")
        if fault and n == 0:
            place.node("fault", _FAULTS[fault], colour="red")


_FAULTS = {
    "TWICE": "an entry is yielded twice",
    "REMOVED": "a removed entry is yielded",
    "OLD_VALUE": "an old value is yielded",
    "MISSED": "an entry was missed",
}


def _keys(model: Any, held: set[int]) -> str:
    names = (f"k{k}" if k < model.keys else f"NaN{k - model.keys}" for k in sorted(held))
    return ", ".join(names) or "nothing"


def _standing(model: Any, it: Any) -> str:
    """From which bucket the loop began, and what it will do next."""
    begun = f"from bucket {it.startBucket}, next {it.bucket}"
    where = {"CURRENT": "", "OLD": ", on the old array", "KEPT": ", on a dropped array"}[it.buckets.name]
    return begun + (" (wrapped)" if it.wrapped else "") + where


def _kept(model: Any, picture: Picture, place: Any, n: int) -> None:
    """The buckets that the map has dropped and this loop still reads."""
    kept = [(i, chain) for i, chain in enumerate(model.kept[n]) if chain]
    if not kept and not model.keptChain[n]:
        return
    frame = place.group(("kept", n), f"only range {n} still reads", arrange="row", framed=True, gap=20)
    if model.keptChain[n]:
        group = frame.group(("chain", n), "the bucket it is in", arrange="column", gap=24)
        draw_chain(model, picture, group, model.keptChain[n], lambda k: True)
    for i, chain in kept:
        group = frame.group(("kept", n, i), f"bucket {i}", arrange="column", gap=24)
        draw_chain(model, picture, group, chain, lambda k: True)


def _arrow(model: Any, picture: Picture, n: int) -> None:
    """From the loop to the cell that it looks at next; past the last one of a bucket, to that one."""
    it = model.it[n]
    chain = {"CURRENT": ("new", it.at), "OLD": ("old", it.at), "KEPT": ("chain", n)}.get(it.bptr.name)
    if chain is None or (it.bptr.name == "KEPT" and not model.keptChain[n]):
        return
    length = len(model.chain_of(n))
    if it.link < length:
        cell = (min(it.i, model.cells - 1) + it.offset) % model.cells
        picture.edge(("it", n), ((*chain, it.link), cell), "" if it.i < model.cells else "behind it", bold=True)
