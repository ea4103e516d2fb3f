"""Decide what protocols that count keep whatever the number of who takes part: how many hold something, or have voted.

`evacheck verify spec.classics.counted:CountingSemaphore --engine induction --unbounded all` leaves the number open, as
for the models of `spec.classics.any_number`. A count may be compared there: with numbers, and with other counts.
"""

from checker.lang import (
    Array,
    Model,
    Opt,
    Param,
    Range,
    SetOf,
    Var,
    action,
    always,
    final,
    lemma,
    process,
    require,
    sometimes,
)


class CountingSemaphore(Model):
    """A semaphore that keeps a number, as all real ones do: how many more may come in."""

    threads = Param(3, Range(1, 12))
    permits = Param(2, Range(1, 2**40))

    Thread = Range(threads, symmetric=True)

    free = Var(Range(0, permits))

    def init(self):
        self.free = self.permits

    @process(Thread)
    def thread(self, t: Thread):
        while True:
            require(self.free > 0)
            self.free -= 1
            yield "inside"
            self.free += 1
            yield "outside"

    def inside(self):
        """The threads that are inside."""
        return {t for t in self.Thread if self.thread[t].at("inside")}

    @always
    def no_more_inside_than_permits(self):
        return len(self.inside()) <= self.permits

    @sometimes
    def none_is_free(self):
        """All permits can be taken at once."""
        return self.free == 0

    @lemma
    def who_is_inside_has_taken_a_permit(self):
        return self.free + len(self.inside()) == self.permits


class Election(Model):
    """Each node votes once; whoever has the votes of more than half of all nodes leads."""

    nodes = Param(3, Range(1, 12))

    Node = Range(nodes, symmetric=True)

    vote = Var(Array(Node, Opt(Node)))
    leaders = Var(SetOf(Node))

    @action
    def cast(self, n: Node, candidate: Node):
        require(self.vote[n] is None)
        self.vote[n] = candidate

    @action
    def elect(self, candidate: Node):
        require(2 * len(self.voters(candidate)) > len(self.Node))
        self.leaders.add(candidate)

    def voters(self, candidate: Node):
        """Who has voted for somebody."""
        return {n for n in self.Node if self.vote[n] == candidate}

    @final
    def all_have_voted(self):
        """Nothing more happens once all have voted, unless somebody is elected."""
        return all(self.vote[n] is not None for n in self.Node)

    @always
    def one_leads(self):
        """There are no two leaders: two majorities have a voter in common."""
        return len(self.leaders) <= 1

    @sometimes
    def somebody_leads(self):
        """There can be a leader."""
        return len(self.leaders) > 0

    @lemma
    def leaders_have_a_majority(self, candidate: Node):
        return candidate not in self.leaders or 2 * len(self.voters(candidate)) > len(self.Node)


class ReferenceCounts(Model):
    """Threads hold objects, each of which counts who holds it, and is freed when nobody does."""

    threads = Param(2, Range(1, 12))
    objects = Param(2, Range(1, 12))
    most = Param(12, Range(1, 2**40))  # a count that has come so far is not increased any more

    Thread = Range(threads, symmetric=True)
    Obj = Range(objects, symmetric=True)
    Count = Range(0, most)

    held = Var(Array(Thread, Opt(Obj)))
    references = Var(Array(Obj, Count))
    freed = Var(SetOf(Obj))
    closing = Var(Array(Thread, Opt(Obj)))  # what a thread has let go, and is about to free: nobody held it then

    @action
    def acquire(self, t: Thread, o: Obj):
        """Take the first reference to an object: nobody else has it."""
        require(self.held[t] is None and self.closing[t] is None and o not in self.freed and self.references[o] == 0)
        require(not any(self.closing[u] == o for u in self.Thread))
        self.held[t] = o
        self.references[o] = 1

    @action
    def share(self, t: Thread, other: Thread, o: Obj):
        """Give somebody else a reference, too."""
        require(self.held[t] == o and self.held[other] is None and self.closing[other] is None)
        require(self.references[o] < self.most)
        self.held[other] = o
        self.references[o] += 1

    @action
    def release(self, t: Thread, o: Obj):
        require(self.held[t] == o)
        self.held[t] = None
        self.references[o] -= 1
        if self.references[o] == 0:
            self.closing[t] = o

    @action
    def free(self, t: Thread, o: Obj):
        require(self.closing[t] == o)
        self.closing[t] = None
        self.freed.add(o)

    @final
    def everything_is_freed(self):
        """Nothing more happens once all objects are freed."""
        return all(o in self.freed for o in self.Obj)

    @always
    def nobody_holds_what_is_freed(self):
        return not any(self.held[t] == o for t in self.Thread for o in self.freed)

    @sometimes
    def something_is_freed(self):
        return len(self.freed) > 0

    @lemma
    def holders_are_counted(self, o: Obj):
        return self.references[o] == sum(self.held[t] == o for t in self.Thread)

    @lemma
    def what_is_about_to_be_freed_is_held_by_none(self, o: Obj, t: Thread):
        return self.closing[t] != o or self.references[o] == 0
