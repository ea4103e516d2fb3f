"""Compiled loops over sets of states, run as the Python that they are, against sets and reachability in Python."""

from __future__ import annotations

import ctypes
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from checker.engines.explicit.liveness import components, graph, legs, passes, states, ways
from checker.engines.explicit.native import block
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.memory import words

SLOTS, THINGS = 150, 140
NAMED = (0, 1, 62, 63, 64, 69, 128, 139)
"""The fair things that lead anywhere: at the ends of all three words of a mask."""


class Drawn:
    """A set of entries of a table, where each leads, and by which fair things: a thing has the successors from one to
    before another. -1 is the state itself, which is no successor."""

    def __init__(self, random: Random) -> None:
        self.members = {0, 63, 64, 127, 149, *random.sample(range(SLOTS), 70)}
        self.leads = {slot: self._lead(random, slot) for slot in range(SLOTS)}
        self.sets: dict[int, Any] = {}
        self.k: Any = words(block.CELLS)
        self.k[block.MASK_WORDS], self.k[block.THINGS], self.k[block.TABLE_SIZE] = 3, THINGS, SLOTS
        for cell, room in ((block.SLOTS, 9), (block.MARKS, 2 * THINGS), (block.POSSIBLE, 3), (block.TAKEN, 3)):
            self.room(cell, room)
        self.room(block.SET, 3)[:] = as_words(self.members)
        self.room(block.BEFORE, 3)

    def _lead(self, random: Random, own: int) -> tuple[list[int], dict[int, tuple[int, int]]]:
        """Mostly to a few near by, of which some are strongly connected then, and by a thing of theirs far away."""
        near = [each for each in self.members if each // 16 == own // 16] or [own]
        pools = (near, near, near, range(SLOTS), [-1])
        drawn = [random.choice(random.choice(pools)) for _ in range(random.randrange(5))]
        spans = {}
        for thing in random.sample(NAMED, random.randrange(3)):
            first = random.randint(0, len(drawn))
            spans[thing] = first, random.randint(first, len(drawn))
        if random.randrange(5):
            spans[NAMED[own // 16 % 8]] = len(drawn), len(drawn) + 1
            drawn.append(random.randrange(SLOTS))
        return [-1 if each == own else each for each in drawn], spans

    def room(self, cell: int, count: int) -> Any:
        """Memory whose address is in a cell."""
        self.sets[cell] = words(count)
        self.k[cell] = ctypes.addressof(self.sets[cell])
        return self.sets[cell]

    def study(self, k: Any, row: int) -> int:
        """In place of asking the model's code, which is held by others."""
        successors, spans = self.leads[row - 1]
        slots, marks = self.sets[block.SLOTS], self.sets[block.MARKS]
        slots[: len(successors)] = successors
        for thing in range(THINGS):
            marks[2 * thing], marks[2 * thing + 1] = spans.get(thing, (0, 0))
        states.note_possible(k)
        return len(successors)

    def run(self, kernel: Any, end: int = 3) -> int:
        """Over so many units; what CHANGED comes to."""
        self.k[block.BEGIN], self.k[block.END], self.k[block.CHANGED] = 0, end, 0
        assert kernel(self.k) == block.FINISHED
        return int(self.k[block.CHANGED])

    def possible(self, slot: int) -> set[int]:
        """The things by which something else can come."""
        return self.by(slot, {each for each in self.leads[slot][0] if each >= 0})

    def by(self, slot: int, wanted: set[int]) -> set[int]:
        """The things that lead to one of these."""
        successors, spans = self.leads[slot]
        return {thing for thing, (first, last) in spans.items() if wanted.intersection(successors[first:last])}

    def within(self, slot: int) -> set[int]:
        """The successors in the set."""
        return {each for each in self.leads[slot][0] if each in self.members}

    def components(self) -> list[set[int]]:
        """Strongly connected, and none of a single state in which a behaviour cannot rest."""
        reached = {slot: self._reached(slot) for slot in self.members}
        found = {frozenset({slot, *(each for each in reached[slot] if slot in reached[each])}) for slot in self.members}
        return sorted((set(each) for each in found if len(each) > 1 or not self.possible(min(each))), key=min)

    def _reached(self, slot: int) -> set[int]:
        found, new = set(), self.within(slot)
        while new:
            found |= new
            new = {each for one in new for each in self.within(one)} - found
        return found

    def numbered(self) -> dict[int, int]:
        """The number of each state of the set, by the kernel, whose memory is too small at first, and which pauses."""
        self.run(passes.count)
        self.room(block.NUMBERS, SLOTS)
        self.room(block.OPEN, SLOTS)
        stack = self.room(block.STACK, 4)
        for cell, value in ((block.STACK_ROOM, 4), (block.FRAME, -1), (block.NEXT, -1), (block.INDEX, 1)):
            self.k[cell] = value
        self.k[block.COMPONENT], self.k[block.BEGIN], self.k[block.END] = block.FIRST_COMPONENT, 0, 192
        while (answer := components.components(self.k)) != block.FINISHED:
            if answer == block.NEED_STACK:
                before = list(stack)
                stack = self.room(block.STACK, 2 * len(before))
                stack[: len(before)] = before
                self.k[block.STACK_ROOM] = len(stack)
            else:
                assert answer == block.PAUSED and self.k[block.LEFT] == 0
                self.k[block.LEFT] = 3
        assert self.k[block.INDEX] == 1 and self.k[block.OPENED] == 0, "none is open any more"
        places = enumerate(sorted(self.members))
        return {slot: states.number_of(self.sets[block.NUMBERS], place) for place, slot in places}


def as_words(members: set[int]) -> list[int]:
    """A set of numbers as bits."""
    return [sum(1 << each % 64 for each in members if each // 64 == word) for word in range(3)]


def members(bits: Any) -> set[int]:
    """The numbers whose bits are set."""
    return {64 * at + bit for at, word in enumerate(bits) for bit in range(64) if word >> bit & 1}


@pytest.fixture(name="drawn", params=range(6))
def _drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    drawn = Drawn(Random(request.param))
    for module in (passes, components, ways):
        monkeypatch.setattr(module, "study", drawn.study)
    for module in (passes, components):
        monkeypatch.setattr(module, "state_of", lambda _, slot: slot + 1)
    return drawn


def test_states_of_a_set_are_counted(drawn: Drawn) -> None:
    assert drawn.run(passes.count) == len(drawn.members)
    assert list(drawn.sets[block.BEFORE]) == [sum(each < 64 * word for each in drawn.members) for word in range(3)]


def test_what_cannot_stay_is_taken_out(drawn: Drawn) -> None:
    stays = set(drawn.members)
    for slot in sorted(drawn.members):
        if drawn.possible(slot) and not stays & drawn.within(slot):
            stays.remove(slot)
    assert drawn.run(passes.trim) == len(drawn.members) - len(stays)
    assert members(drawn.sets[block.SET]) == stays


def test_components_are_those_of_the_graph(drawn: Drawn) -> None:
    numbers = drawn.numbered()
    wanted = drawn.components()
    count = block.FIRST_COMPONENT - drawn.k[block.COMPONENT]
    found = [{slot for slot in numbers if numbers[slot] == block.FIRST_COMPONENT - each} for each in range(count)]
    assert sorted(found, key=min) == wanted
    assert {slot for slot, number in numbers.items() if number == block.NOBODY} == drawn.members.difference(*wanted)


def test_what_is_known_of_a_component_decides_its_fate(drawn: Drawn) -> None:
    random, numbers = Random(min(drawn.leads[63][0], default=0)), drawn.numbered()
    k, parts = drawn.k, drawn.components()
    parts.sort(key=lambda part: -numbers[min(part)])
    other = set(random.sample(range(SLOTS), 40))
    drawn.room(block.OTHER, 3)[:] = as_words(other)
    drawn.room(block.PARTS, 10 * len(parts))
    drawn.run(passes.weigh)
    everything = set(range(THINGS))
    possible, impossible, taken = [], [], []
    for part in parts:
        can = [drawn.possible(slot) for slot in part]
        possible.append(set.union(*can))
        impossible.append({each for each in everything if any(each not in some for some in can)})
        taken.append(set.union(*(drawn.by(slot, part) for slot in part)))
    rows = [list(drawn.sets[block.PARTS][at : at + 10]) for at in range(0, 10 * len(parts), 10)]
    assert [members(row[:3]) for row in rows] == possible
    assert [members(row[3:6]) & everything for row in rows] == impossible
    assert [members(row[6:9]) for row in rows] == taken
    assert [row[9] for row in rows] == [int(not part.isdisjoint(other)) for part in parts]
    of_graph: Any = SimpleNamespace(mask_words=3, search=SimpleNamespace(emitted=SimpleNamespace(things=[0] * THINGS)))
    memory: Any = SimpleNamespace(address=k[block.PARTS])
    assert [graph.Graph.possible_in(of_graph, memory, part) for part in range(len(parts))] == [*map(sorted, possible)]

    weak, strong = {0, 64, 139}, {1, 62, 63, 69, 128}
    drawn.room(block.WEAK, 3)[:] = as_words(weak)
    drawn.room(block.STRONG, 3)[:] = as_words(strong)
    k[block.VISITS] = random.randrange(2)
    drawn.run(passes.classify, len(parts))
    starved = [(possible[at] - taken[at]) & strong for at in range(len(parts))]
    fates = []
    for at, part in enumerate(parts):
        owed = (possible[at] - taken[at] - impossible[at]) & weak
        dropped = owed or (k[block.VISITS] and part.isdisjoint(other))
        fates.append(block.DROPPED if dropped else block.REFINED if starved[at] else block.FAIR_ITSELF)
    assert list(drawn.sets[block.PARTS][9::10]) == fates
    assert graph.Graph.fates(of_graph, memory, len(parts)) == [fates.count(fate) for fate in range(3)]

    before = set(random.sample(range(SLOTS), 9))
    drawn.room(block.AFTER, 3)
    drawn.room(block.FAIR, 3)[:] = as_words(before)
    refined = [at for at, fate in enumerate(fates) if fate == block.REFINED]
    left = {slot for at in refined for slot in parts[at] if not drawn.possible(slot) & starved[at]}
    assert drawn.run(passes.sift) == len(left) and members(drawn.sets[block.AFTER]) == left
    fair = [part for part, fate in zip(parts, fates, strict=True) if fate == block.FAIR_ITSELF]
    assert members(drawn.sets[block.FAIR]) == before.union(*fair)

    for part in parts:
        k[block.NEXT] = numbers[min(part)]
        drawn.run(passes.pick)
        assert members(drawn.sets[block.AFTER]) == part


@pytest.mark.parametrize("skips", [0, 1])
def test_states_are_judged_by_their_conditions(skips: int, drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    random, noted = Random(skips), []
    there = set(random.sample(range(SLOTS), 120)) | {0, 63, 64, 149}
    truth = {slot: random.choice([0, 1, 2, 3, -1]) for slot in there}
    drawn.room(block.OTHER, 3)
    k = drawn.k
    k[block.SKIPS], k[block.STAY_WHEN], k[block.OTHER_WHEN] = skips, 0b0110, 0b1001
    monkeypatch.setattr(passes, "state_of", lambda _, slot: slot + 1 if slot in there else 0)
    monkeypatch.setattr(passes, "pointer", lambda address: address if address <= SLOTS else pointer(address))
    monkeypatch.setattr(passes, "is_dropped", lambda _, row: int(row % 3 == 0))
    monkeypatch.setattr(passes, "call4", lambda _f, row, *_: truth[row - 1])
    monkeypatch.setattr(passes, "note", lambda _k, kind, row: noted.append((kind, row - 1)))
    judged = {slot for slot in there if not skips or (slot + 1) % 3}
    stays = {slot for slot in judged if truth[slot] in (1, 2)}
    assert drawn.run(passes.assess) == len(stays)
    assert members(drawn.sets[block.SET]) == stays
    assert members(drawn.sets[block.OTHER]) == {slot for slot in judged if truth[slot] not in (1, 2)}
    assert noted == [(0, slot) for slot in sorted(judged) if truth[slot] < 0] and k[block.FAILS] == 1
    assert k[block.HAPPENS] == 1
    truth.update(dict.fromkeys(there, 2))
    k[block.HAPPENS] = k[block.FAILS] = 0
    drawn.run(passes.assess)
    assert k[block.HAPPENS] == k[block.FAILS] == 0


@pytest.mark.parametrize("kernel", ["gather", "enter", "spread"])
def test_rows_are_listed_once_and_in_order(kernel: str, drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of two words: an entry, and its square."""
    random, k = Random(kernel), drawn.k
    begun = [random.randrange(SLOTS) for _ in range(40)]
    other, been = set(random.sample(range(SLOTS), 60)), set(random.sample(range(SLOTS), 20))
    k[block.WORDS] = 2
    drawn.room(block.ROWS, 80)[:] = [word for slot in begun for word in (slot, slot * slot)]
    drawn.room(block.OTHER, 3)[:] = as_words(other)
    drawn.room(block.FAIR, 3)[:] = as_words(been)
    listed, out = drawn.room(block.LIST, 400), drawn.room(block.OUT, 20)

    def study(k: Any, row: int) -> int:
        found = drawn.study(k, pointer(row)[0] + 1)
        for at, slot in enumerate(drawn.leads[pointer(row)[0]][0]):
            out[2 * at], out[2 * at + 1] = slot, slot * slot
        return found

    monkeypatch.setattr(ways, "study", study)
    monkeypatch.setattr(ways, "slot_at", lambda _, row: row[0])
    k[block.BEGIN], k[block.END], k[block.LIST_ROOM] = 1, 40, 0
    while (answer := getattr(ways, kernel)(k)) != block.FINISHED:
        assert answer == block.NEED_LIST and k[block.LISTED] == k[block.LIST_ROOM]
        k[block.LIST_ROOM] += 3
    wanted: list[int] = []
    for slot in begun[1:]:
        nexts = drawn.leads[slot][0] if kernel == "spread" else [slot]
        for each in nexts:
            belongs = each in (other if kernel == "enter" else drawn.members)
            if belongs and (kernel == "gather" or each not in been):
                been.add(each)
                wanted.append(each)
    assert k[block.LISTED] <= k[block.LIST_ROOM]
    assert list(listed[: 2 * k[block.LISTED]]) == [word for slot in wanted for word in (slot, slot * slot)]
    assert kernel == "gather" or members(drawn.sets[block.FAIR]) == been


@pytest.mark.parametrize(
    ("found", "entry", "answer"),
    [(0, 7, block.FINISHED), (2, 0, block.FINISHED), (2, -1, block.LOST), (-1, 7, block.NEED_OUT), (-3, 7, block.LOST)],
)
def test_what_is_known_of_a_single_state(found: int, entry: int, answer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    k = words(block.CELLS)
    monkeypatch.setattr(ways, "study", lambda *_: found)
    monkeypatch.setattr(ways, "slot_at", lambda *_: entry)
    assert ways.look(k) == answer  # type: ignore[arg-type]
    assert answer != block.FINISHED or (k[block.NEXT], k[block.CHANGED]) == (entry, found)


class Goal:
    """What a walk round a component looks for: things to be taken, or found impossible, an entry to come back to, and
    whether coming by OTHER is enough."""

    def __init__(self, random: Random, drawn: Drawn) -> None:
        self.taken = set(random.sample(NAMED, random.randrange(3)))
        self.impossible = set(random.sample(NAMED, 1)) if not random.randrange(4) else set()
        self.home = random.choice([-1, -1, *drawn.members])
        self.visits = random.randrange(2)
        self.other = set(random.sample(range(SLOTS), 2))
        masks = [*as_words(self.taken), *as_words(self.impossible), self.visits]
        drawn.room(block.GOALS, len(masks))[:] = masks
        drawn.room(block.OTHER, 3)[:] = as_words(self.other)
        drawn.k[block.NEXT] = self.home


@pytest.mark.parametrize("seed", range(5))
def test_a_walk_round_goes_to_the_first_state_where_it_can_do_what_it_owes(
    seed: int, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of a state and the place of the one before; no more rows than there is room for, and no more steps."""
    k, begin = drawn.k, min(drawn.members)
    goal = Goal(Random(f"roam {seed}"), drawn)
    k[block.WORDS] = 1
    drawn.room(block.FAIR, 3)[:] = as_words({begin})
    listed, out = drawn.room(block.LIST, 2 * SLOTS), drawn.room(block.OUT, 20)
    listed[0] = begin

    def study(k: Any, row: int) -> int:
        out[: len(drawn.leads[pointer(row)[0]][0])] = drawn.leads[pointer(row)[0]][0]
        return drawn.study(k, pointer(row)[0] + 1)

    monkeypatch.setattr(legs, "study", study)
    monkeypatch.setattr(legs, "slot_at", lambda _, row: row[0])
    k[block.LISTED], k[block.LIST_ROOM] = 1, 2
    pauses: list[int] = []
    while (answer := legs.roam(k)) != block.FINISHED:
        if answer == block.NEED_LIST:
            k[block.LIST_ROOM] += 3
        else:
            assert answer == block.PAUSED and k[block.LEFT] == 0
            pauses.append(k[block.BEGIN])
            k[block.LEFT] = 3
    rows, at = [(begin, 0)], 0
    while at < len(rows):
        slot = rows[at][0]
        within = drawn.within(slot)
        does = goal.taken & drawn.by(slot, within) or goal.impossible - drawn.possible(slot)
        if slot == goal.home or (goal.visits and slot in goal.other) or does:
            break
        for each in drawn.leads[slot][0]:
            if each in within and each not in {row[0] for row in rows}:
                rows.append((each, at))
        at += 1
    assert k[block.BEGIN] == at and k[block.LISTED] == len(rows) <= k[block.LIST_ROOM]
    assert pauses == [each for each in range(0, len(rows), 3) if each <= at]
    assert [tuple(listed[2 * each : 2 * each + 2]) for each in range(len(rows))] == rows


@pytest.mark.parametrize("seed", range(5))
def test_a_walk_round_of_nodes_goes_by_their_modes_too(
    seed: int, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two modes: a node is twice its state, and its mode. What may follow one, and what is settled in it, is drawn."""
    k, random = drawn.k, Random(f"roam nodes {seed}")
    goal = Goal(random, drawn)
    settled = {slot: [0, 0, 3, random.randrange(8) // 7, random.randrange(1, 4), 0] for slot in range(SLOTS)}
    has = {slot: random.choice([1, 2, 3, 3]) if slot in drawn.members else 0 for slot in range(SLOTS)}
    begin = min(drawn.members)
    nodes = {2 * begin}
    k[block.MODE_LOG], k[block.NEXT] = 1, -1 if goal.home < 0 else 2 * goal.home
    listed = drawn.room(block.LIST, 4 * SLOTS + 200)

    def add(_k: Any, _address: int, slot: int, modes: int) -> int:
        new = {2 * slot + mode for mode in (0, 1) if modes >> mode & 1} - nodes
        nodes.update(new)
        return sum(1 << (each & 1) for each in new)

    monkeypatch.setattr(legs, "study", drawn.study)
    monkeypatch.setattr(legs, "state_of", lambda _, slot: slot + 1)
    monkeypatch.setattr(legs, "letter_at", lambda _, slot: settled[slot])
    monkeypatch.setattr(legs, "follows", lambda _, node: settled[node >> 1][2 + 2 * (node & 1)])
    monkeypatch.setattr(legs, "modes_at", lambda _k, _set, slot: has[slot])
    monkeypatch.setattr(legs, "add", add)
    listed[0] = 2 * begin
    k[block.LISTED], k[block.LIST_ROOM] = 1, 64
    pauses: list[int] = []
    while (answer := legs.roam_nodes(k)) != block.FINISHED:
        if answer == block.NEED_LIST:
            k[block.LIST_ROOM] += 64
        else:
            assert answer == block.PAUSED and k[block.LEFT] == 0
            pauses.append(k[block.BEGIN])
            k[block.LEFT] = 3
    rows, at = [(2 * begin, 0)], 0
    while at < len(rows):
        slot, mode = rows[at][0] >> 1, rows[at][0] & 1
        onward = settled[slot][2 + 2 * mode]
        leads = [each for each in drawn.leads[slot][0] if each >= 0 and onward & has[each]]
        does = goal.taken & drawn.by(slot, set(leads)) or goal.impossible - drawn.possible(slot)
        if rows[at][0] == k[block.NEXT] or settled[slot][3 + 2 * mode] & goal.visits or does:
            break
        for each in leads:
            for other in (0, 1):
                if onward & has[each] & 1 << other and 2 * each + other not in {row[0] for row in rows}:
                    rows.append((2 * each + other, at))
        at += 1
    assert k[block.BEGIN] == at and k[block.LISTED] == len(rows) <= k[block.LIST_ROOM]
    assert pauses == [each for each in range(0, len(rows), 3) if each <= at]
    assert [tuple(listed[2 * each : 2 * each + 2]) for each in range(len(rows))] == rows


@pytest.mark.parametrize("walk", ["roam", "roam_nodes"])
@pytest.mark.parametrize(
    ("found", "answer"), [(-1, block.NEED_OUT), (-2, block.CHOSE_TOO_MUCH), (-3, block.LOST), (0, block.FINISHED)]
)
def test_a_walk_round_says_what_kept_a_state_from_being_studied(
    walk: str, found: int, answer: int, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands where it stood, and nothing is taken for a state without successors."""
    k = drawn.k
    k[block.WORDS], k[block.NEXT], k[block.LEFT] = 1, -1, 3
    drawn.room(block.GOALS, 20)
    drawn.room(block.LIST, 4)[0] = min(drawn.members)
    k[block.LISTED], k[block.LIST_ROOM], k[block.BEGIN], k[block.MODE_LOG] = 1, 2, 0, 0
    for name, given in {
        "study": found,
        "slot_at": min(drawn.members),
        "state_of": 1,
        "follows": 1,
        "does_some": 0,
    }.items():
        monkeypatch.setattr(legs, name, lambda *_, given=given: given)
    monkeypatch.setattr(legs, "letter_at", lambda *_: [0] * 6)
    assert getattr(legs, walk)(k) == answer
    assert k[block.BEGIN] == (1 if found == 0 else 0) and k[block.LISTED] == 1
