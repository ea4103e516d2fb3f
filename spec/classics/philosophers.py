"""Decide whether philosophers at a round table can all starve, each holding a fork. Says nothing of fairness."""

from checker.lang import Array, Model, Opt, Param, Picture, Range, Var, always, process, require, sometimes


class Philosophers(Model):
    """Fork f lies to the left of philosopher f. Everyone takes the left fork first: they can deadlock."""

    seats = Param(3, Range(2, 12))

    Seat = Range(seats)

    holder = Var(Array(Seat, Opt(Seat)))  # who holds each fork

    def right(self, p: Seat):
        """The fork to the right of philosopher `p`."""
        return (p + 1) % self.seats

    def first(self, p: Seat):
        """The fork that `p` takes first."""
        return p

    def second(self, p: Seat):
        """The fork that `p` takes second."""
        return self.right(p)

    def take(self, p: Seat, fork: Seat):
        require(self.holder[fork] is None)
        self.holder[fork] = p

    @process(Seat)
    def philosopher(self, p: Seat):
        while True:
            self.take(p, self.first(p))
            yield "has_one_fork"
            self.take(p, self.second(p))
            yield "eats"
            self.holder[self.first(p)] = None
            yield "puts_down"
            self.holder[self.second(p)] = None
            yield "thinks"

    def eats(self, p: Seat):
        """Both of `p`'s forks are in `p`'s hands."""
        return self.holder[p] == p and self.holder[self.right(p)] == p

    @always
    def neighbours_do_not_eat_together(self):
        """No two neighbours eat at once."""
        return not any(self.eats(p) and self.eats(self.right(p)) for p in self.Seat)

    @sometimes
    def someone_eats(self):
        """Somebody can eat."""
        return any(self.eats(p) for p in self.Seat)

    @sometimes
    def nearly_all_wait(self):
        """All but one can hold exactly one fork each, and the last fork is free."""
        return sum(1 for p in self.Seat if self.holder[p] is None) == 1 and not any(self.eats(p) for p in self.Seat)

    def picture(self):
        picture = Picture()
        table = picture.group("table", arrange="circle", gap=22)
        for p in self.Seat:
            taken = self.holder[p] is not None
            table.node(("fork", p), f"fork {p}", colour="quiet" if taken else "plain", dashed=taken)
            colour = "green" if self.eats(p) else "amber" if any(h == p for h in self.holder) else "plain"
            said = self.philosopher[p].point.replace("_", " ")
            table.node(p, f"philosopher {p}", shape="pill", colour=colour, note=said)
            if taken:
                picture.edge(("fork", p), self.holder[p], bold=True)
        return picture


class PhilosophersOneLeftHanded(Philosophers):
    """The last philosopher takes the right fork first: the circle of waiting cannot close."""

    def left_handed(self, p: Philosophers.Seat):
        """Whether `p` takes the forks in the other order."""
        return p == self.seats - 1

    def first(self, p: Philosophers.Seat):
        return self.right(p) if self.left_handed(p) else p

    def second(self, p: Philosophers.Seat):
        return p if self.left_handed(p) else self.right(p)
