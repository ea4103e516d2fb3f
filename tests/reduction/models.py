"""Small models in which some steps may wait and some must not, each for one condition."""

from checker.lang import Array, Bool, Model, Range, Var, action, always, choose, eventually, process, require, sometimes


class WhoWritesLast(Model):
    """Two processes write one variable and read nothing: only if the first comes last is the third stuck."""

    Two = Range(2)
    x = Var(Range(3))
    done = Var(Array(Two, Bool))

    @process
    def first(self):
        self.x = 1
        self.done[0] = True

    @process
    def second(self):
        self.x = 2
        self.done[1] = True

    @process
    def third(self):
        require(self.x == 2 and self.done[0] and self.done[1])


class Spins(Model):
    """A process goes round its own code for ever; another breaks the property."""

    own = Var(Range(3))
    x = Var(Bool)

    @process
    def spins(self):
        while True:
            self.own = (self.own + 1) % 3
            yield "again"

    @process
    def breaks(self):
        yield "soon"
        self.x = True

    @always
    def unbroken(self):
        return not self.x


class Ends(Spins):
    """The same, and a claim about whole behaviours."""

    @eventually
    def breaks_in_the_end(self):
        return self.x


class LongWay(Model):
    """What is one step away comes after steps that touch nothing which matters, if these are taken first."""

    own = Var(Range(6))
    x = Var(Bool)

    @process
    def walks(self):
        self.own = 1
        yield "one"
        self.own = 2
        yield "two"
        self.own = 3

    @process
    def breaks(self):
        self.x = True

    @always
    def unbroken(self):
        return not self.x


class Crashes(Model):
    """A process that crashes between its steps is back at its start, where another meets it."""

    x = Var(Range(3))
    y = Var(Bool)
    left = Var(Range(2))

    def init(self):
        self.left = 1

    def may_crash(self):
        require(self.left > 0)
        self.left -= 1

    @process(crash="may_crash")
    def worker(self):
        self.x = 1
        yield "wrote"
        require(self.y)
        self.x = 2

    @process
    def other(self):
        require(self.x == 1)
        self.y = True
        yield "told"
        require(self.x == 2)

    @sometimes
    def starts_again_after_being_told(self):
        return self.y and self.x == 1 and self.left == 0 and self.worker.at("start")


class Chooses(Model):
    """Whether a step is possible hangs on what another has put where it chooses."""

    Three = Range(3)
    x = Var(Range(3))
    y = Var(Bool)

    @action
    def sets(self):
        require(not self.y)
        self.y = True
        self.x = 2

    @process
    def waits(self):
        require(choose(self.Three) + 1 < self.x)
        yield "came"
        require(False)


class _TwoSteps(Model):
    """Two steps that touch nothing of each other."""

    a = Var(Bool)
    x = Var(Bool)

    @process
    def first(self):
        self.a = True

    @process
    def second(self):
        self.x = True


class Seen(_TwoSteps):
    """A step that touches nothing of others, and is seen by a property."""

    @always
    def not_before(self):
        return self.a or not self.x


class FailsLate(Model):
    """Something fails in the end, and something else goes on for ever."""

    y = Var(Bool)
    x = Var(Range(2))

    @action
    def goes_on(self):
        self.y = not self.y

    @action
    def arms(self):
        self.x = 1

    @action
    def fails(self):
        assert self.x == 0


class _Waits(Model):
    """Someone sets `c`, which a step waits for that ends in `done`; `b` is never set. Conditions of the step that do
    not count where it stands must not be taken for what it waits for."""

    Two = Range(2)
    a = Var(Bool)
    b = Var(Bool)
    c = Var(Range(3))
    d = Var(Array(Two, Bool))
    done = Var(Bool)
    other = Var(Bool)

    @action
    def sets(self):
        self.c = 1

    @action
    def turns_over(self):
        self.other = not self.other

    @sometimes
    def ends(self):
        return self.done


class InABranch(_Waits):
    """A condition that stands in a branch which is not taken."""

    @action
    def waits(self):
        if self.a:
            require(self.b)
        require(self.c == 1)
        self.done = True


class InABlock(_Waits):
    """The same where the branch holds a `yield`."""

    @process
    def waits(self):
        if self.a:
            require(self.b)
            yield "never"
        require(self.c == 1)
        self.done = True


class AfterAReturn(_Waits):
    """A condition that is not come to."""

    def helper(self):
        if not self.a:
            return
        require(self.b)

    @action
    def waits(self):
        self.helper()
        require(self.c == 1)
        self.done = True


class AfterAWrite(_Waits):
    """A condition that the step itself has made true."""

    @action
    def waits(self):
        self.b = True
        require(self.b)
        require(self.c == 1)
        self.done = True
        self.b = False


class ByALocal(_Waits):
    """A condition on a local."""

    @action
    def waits(self):
        seen = self.c
        require(seen == 1)
        self.done = True


class ByAValue(_Waits):
    """A value that another variable gives."""

    @action
    def copies(self):
        self.c = (self.c + 2) % 3

    @action
    def waits(self):
        require(self.c == 2)
        self.done = True


class ByOneOfTwo(_Waits):
    """One of two values, by the state."""

    @action
    def chooses(self):
        if self.a:
            self.c = 1
        else:
            self.c = 2
        if self.a:
            self.c = 0

    @action
    def waits(self):
        require(self.c == 2)
        self.done = True


class Otherwise(_Waits):
    """What only the second branch writes."""

    @action
    def turns(self):
        if self.a:
            self.a = True
        else:
            self.b = True

    @action
    def waits(self):
        require(self.b)
        self.done = True


class InALoop(_Waits):
    """A place that a loop moves on."""

    @action
    def opens(self):
        self.d[1] = True

    @action
    def waits(self):
        at = 0
        met = False
        for _ in self.Two:
            if self.d[at]:
                met = True
            at = 1
        require(met)
        self.done = True


class NotNothing(_Waits):
    """What is sought is neither of two values."""

    @always
    def is_none_or_two(self):
        return self.c == 0 or self.c == 2


class CannotBeSaid(_TwoSteps):
    """A property that has no value where one of two steps alone has been taken."""

    @always
    def divides(self):
        return 2 // (1 if self.a or not self.x else 0) > 0


class Asks(Model):
    """Two loops: one ends by what another writes."""

    x = Var(Range(3))
    y = Var(Range(3))

    @process
    def writes(self):
        self.x = 1
        yield "one"
        self.x = 2

    @process
    def loops(self):
        yield "soon"
        while self.x == 2:
            require(self.y == 1)
            yield "again"
        self.y = 2
