"""Decide whether philosophers who hand each other clean forks all eat, again and again.

After DiningPhilosophers.tla of the TLA+ examples (Chandy and Misra, The drinking philosophers problem). Who has eaten
has dirty forks, and hands each over, cleaned, when he comes to it: it is the turn of the one who has waited longer.
"""

from checker.lang import (
    Array,
    Bool,
    Model,
    Param,
    Range,
    Var,
    always,
    always_eventually,
    process,
    sometimes,
)


class ChandyMisra(Model):
    """A fork is dirty after a meal; a dirty fork is cleaned and handed to the neighbour, a clean one is kept."""

    seats = Param(5, Range(2, 6))

    Seat = Range(seats)

    holder = Var(Array(Seat, Seat))  # of fork f, which lies to the left of philosopher f
    clean = Var(Array(Seat, Bool))
    hungry = Var(Array(Seat, Bool))

    def init(self):
        """Forks 0 and 1 are with philosopher 0, every other with the one to its right: the circle is broken."""
        for f in self.Seat:
            self.holder[f] = 0 if f == 1 else f
            self.hungry[f] = True

    def right(self, p: Seat):
        """The fork, and the neighbour, to the right of philosopher `p`."""
        return (p + 1) % self.seats

    def left_neighbour(self, p: Seat):
        """The neighbour to the left of philosopher `p`."""
        return (p + self.seats - 1) % self.seats

    def is_dirty(self, p: Seat, f: Seat):
        """Whether `p` holds fork `f`, and it is dirty."""
        return self.holder[f] == p and not self.clean[f]

    def hand_over(self, p: Seat):
        """A dirty fork goes to the neighbour, the left one first."""
        if self.is_dirty(p, p):
            self.holder[p] = self.left_neighbour(p)
            self.clean[p] = True
        elif self.is_dirty(p, self.right(p)):
            self.holder[self.right(p)] = self.right(p)
            self.clean[self.right(p)] = True

    def can_eat(self, p: Seat):
        """Whether both forks are in `p`'s hands, and clean."""
        return all(self.holder[f] == p and self.clean[f] for f in self.Seat if f in (p, self.right(p)))

    @process(Seat)
    def philosopher(self, p: Seat):
        while True:
            self.hand_over(p)
            if self.hungry[p]:
                if self.can_eat(p):
                    yield "eats"
                    self.hungry[p] = False
                    self.clean[p] = False
                    self.clean[self.right(p)] = False
            else:
                yield "thinks"
                self.hungry[p] = True
            yield "looks"

    @always
    def neighbours_do_not_eat_together(self):
        """No two neighbours eat at once."""
        return not any(self.philosopher[p].at("eats") and self.philosopher[self.right(p)].at("eats") for p in self.Seat)

    @sometimes
    def someone_eats(self):
        """Somebody can eat."""
        return any(self.philosopher[p].at("eats") for p in self.Seat)

    @always_eventually
    def nobody_starves(self, p: Seat):
        """Again and again each philosopher has eaten."""
        return not self.hungry[p]


class ChandyMisraStopping(ChandyMisra):
    """A philosopher may stop for ever, and keep his forks."""

    @process(ChandyMisra.Seat, fair=False)
    def philosopher(self, p: ChandyMisra.Seat):
        yield from super().philosopher(p)


class ChandyMisraKeepsForks(ChandyMisra):
    """Forks stay clean after a meal: a philosopher who has eaten has no reason to hand them over."""

    @process(ChandyMisra.Seat)
    def philosopher(self, p: ChandyMisra.Seat):
        while True:
            self.hand_over(p)
            if self.hungry[p]:
                if self.can_eat(p):
                    yield "eats"
                    self.hungry[p] = False
            else:
                yield "thinks"
                self.hungry[p] = True
            yield "looks"
