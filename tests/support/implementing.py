"""Models, each after the one that it is to implement: for all tests of `@implements`."""

from __future__ import annotations

CLOCK = """
class Clock(Model):
    hours = Param(4)
    hour = Var(Range(hours))
    @action
    def tick(self):
        self.hour = (self.hour + 1) % self.hours
"""
HANDS = """
class M(Model):
    hours = Param(3)
    hour = Var(Range(hours))
    half = Var(Bool)
    @action
    def turn(self):
        if self.half:
            self.hour = (self.hour + {step}) % self.hours
        self.half = not self.half
    @implements(Clock{given})
    def tells_the_time(self):
        return {{"hour": {hour}}}
"""
LOCK = """
class Lock(Model):
    T = Range(2)
    @process(T)
    def thread(self, t):
        while True:
            require(not self.taken)
            self.taken = True
            seen = t
            yield "critical"
            self.last = seen
            self.taken = False
            yield "idle"
    taken = Var(Bool)
    last = Var(T)
class M(Model):
    T = Range(2)
    turn = Var(T)
    last = Var(T)
    @process(T)
    def thread(self, t):
        while True:
            yield "waits"
            require({waits})
            yield "inside"
            self.last = t
            yield "leaves"
            self.turn = 1 - self.turn
    def inside(self, t: T):
        return self.thread[t].at("inside")
    @implements(Lock)
    def locks(self):
        return {{
            "taken": any(self.inside(t) for t in self.T),
            "last": self.last,
            "thread": ["critical" if self.inside(t) else "idle" for t in self.T],
            "thread.seen": [t for t in self.T],
        }}
"""
GRID = """
class Grid(Model):
    x = Var(Range(40))
    y = Var(Range(40))
    @action
    def right(self):
        require(self.x < 39)
        self.x += 1
    @action
    def up(self):
        require(self.y < {top})
        self.y += 1
class M(Grid):
    @action
    def up(self):
        require(self.y < 39)
        self.y += 1
    @implements(Grid)
    def same(self):
        return {{"x": self.x, "y": self.y}}
"""
MEMBERS = """
class Count(Model):
    n = Var(Range(0, 3))
    @action
    def up(self):
        require(self.n < {most})
        self.n += 1
class M(Model):
    T = Range(3, symmetric=True)
    on = Var(SetOf(T))
    @action
    def set(self, t: T):
        self.on.add(t)
    @implements(Count)
    def counts(self):
        return {{"n": len(self.on)}}
"""
