"""Decide whether a five-gallon and a three-gallon jug can measure four gallons. Says nothing of other containers.

After DieHard.tla of the TLA+ examples: the same variables and the same six steps, all of which are always possible.
"""

from checker.lang import Cell, Model, Param, Picture, Range, Var, action, always, sometimes


class DieHard(Model):
    """Two jugs, a tap, and no marks on the glass: can the big jug ever hold exactly four gallons?"""

    small_size = Param(3, Range(1, 64))
    big_size = Param(5, Range(1, 64))
    target = Param(4, Range(0, 64))

    small = Var(Range(0, small_size))  # gallons in each jug
    big = Var(Range(0, big_size))

    @action
    def fill_small(self):
        self.small = self.small_size

    @action
    def fill_big(self):
        self.big = self.big_size

    @action
    def empty_small(self):
        self.small = 0

    @action
    def empty_big(self):
        self.big = 0

    @action
    def small_to_big(self):
        poured = min(self.small, self.big_size - self.big)
        self.small -= poured
        self.big += poured

    @action
    def big_to_small(self):
        poured = min(self.big, self.small_size - self.small)
        self.big -= poured
        self.small += poured

    @always
    def big_is_not_4(self):
        """The big jug never holds the target. (It does: the counterexample is the solution of the puzzle.)"""
        return self.big != self.target

    @always
    def one_jug_is_full_or_empty(self):
        """Without marks on the glass, one jug at least is full or empty after every step."""
        return self.small in (0, self.small_size) or self.big in (0, self.big_size)

    @sometimes
    def both_jugs_full(self):
        """Both jugs can be full at once."""
        return self.small == self.small_size and self.big == self.big_size

    def picture(self):
        picture = Picture(arrange="row", gap=48)
        for name, held, size in (("small", self.small, self.small_size), ("big", self.big, self.big_size)):
            jug = picture.group(name, f"{name} jug", arrange="column", align="middle", gap=6)
            jug.cells(
                (name, "water"), [Cell("", "", "blue" if size - n <= held else "plain") for n in range(size)], down=True
            )
            jug.node((name, "holds"), f"{held} of {size}", colour="quiet")
        return picture
