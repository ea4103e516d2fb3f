"""Parts of a search as actors of Ray, each in a process of its own, on this machine or one on every node of a cluster.

The only module that knows Ray. An array goes into the object store of the node where it was made, and from there to
the node of whoever is given it; the driver sees handles.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pickle import PickleBuffer
from typing import Any, SupportsIndex

from checker.contract.task import Cluster
from checker.contract.wording import counted
from checker.engines.explicit.cluster.partition import Array, Partition, Setup
from checker.engines.explicit.cluster.transport import Call, Lost, Raised, Reply, copy_of, performed, raised, replied
from checker.errors import UsageError

_STORE = 1 << 28
"""Bytes of the object store on this machine for each part: what is on its way in two rounds."""
_LOOK_SECONDS = 0.1
"""Between two looks at the clock and at Ctrl-C while parts work."""
_CONNECT_SECONDS = 5.0
"""How long a cluster may take to answer at all."""
_DIED_SECONDS = 10.0
"""How long a part that has nothing to do may take to say that it is there."""


def _ray() -> Any:
    """Ray, which is an extra, and takes a second to import. Raises ModuleNotFoundError."""
    return import_module("ray")


class _Sent:
    """An array that Ray copies into its store from where it is; who gets it looks at it there, piece by piece."""

    def __init__(self, array: Array) -> None:
        self._pieces = array if isinstance(array, tuple) else (array,)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return _pieces, tuple(map(PickleBuffer, self._pieces))


def _pieces(*buffers: bytes | memoryview) -> tuple[memoryview, ...]:
    """What comes of it elsewhere."""
    return tuple(map(memoryview, buffers))


def _put(array: Array) -> Any:
    return _ray().put(_Sent(array))


class _Actor:
    """A part, in a process of Ray's. Errors are data: as exceptions Ray would wrap them."""

    def __init__(self, setup: Setup, part: int) -> None:
        self._partition: Partition | None = None
        self._problem: Raised | None = None
        try:
            self._partition = Partition(setup, part)
        except Exception as problem:  # said when it is called: an actor that cannot begin looks like one that died
            self._problem = raised(problem)

    def call(self, call: Call, *arrays: tuple[memoryview, ...]) -> Reply | tuple[Any, ...]:
        """The reply, and beside it so many of its arrays as the call says it mostly has, in place of their handles. Who
        waits for results owns them; of an array that is `put` this process would be asked again, by who has its handle
        and by who reads it, which takes as long as all else."""
        beside: list[_Sent] = []

        def put(array: Array) -> Any:
            if len(beside) < call.answers:
                return beside.append(_Sent(array))
            return _put(array)

        try:
            if self._partition is None:
                assert self._problem is not None
                reply = Reply(self._problem)
            else:
                reply = replied(performed(self._partition, call, [each for array in arrays for each in array]), put)
        except Exception as problem:
            reply = Reply(raised(problem))
        if not call.answers:
            return reply
        return reply, *beside, *[None] * (call.answers - len(beside))

    def interrupt(self) -> None:
        if self._partition is not None:
            self._partition.stop.set()


def _confirm_answers(address: str) -> None:
    """Raises UsageError U036 if nobody is at an address: Ray would try for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host:
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        problem = f"--cluster {address}: nobody answers there: {error}"
        raise UsageError("U036", problem, "Begin one, `ray start --head`, or try --cluster local:2.") from None


def _keep_to_ourselves() -> None:
    """Let what Ray begins here answer only those who know a word that is drawn now, and that its processes inherit. It
    listens at every address of the machine, and runs what it is sent. Ray reads this when it is imported; a word that
    the user has chosen stays."""
    if not any(each.startswith("RAY_AUTH_") for each in os.environ):
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))


def _with_handles(reply: Reply, beside: Iterator[Any]) -> Reply:
    """A reply with the handles that it came without, in their order."""
    pairs = zip(reply.arrays, reply.sizes, strict=True)
    return replace(reply, arrays=tuple(next(beside) if size and each is None else each for each, size in pairs))


def begin_ray(divided: Callable[[int], Setup], cluster: Cluster) -> RayActors:
    """Parts on this machine, or on each node of a cluster, made of what `divided` gives for so many. Raises UsageError
    U016 without Ray, and U036 if there is no cluster at that address."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told that Ray is used here
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # under `uv run` no actor would ever begin
    if not cluster.address:
        _keep_to_ourselves()
    try:
        ray = _ray()
    except ModuleNotFoundError:
        remedy = "Install it: pip install 'evacheck[cluster]'"
        raise UsageError("U016", "--cluster needs Ray, which is not installed", remedy) from None
    _confirm_answers(cluster.address)
    here = {"num_cpus": cluster.parts, "object_store_memory": _STORE * cluster.parts, "include_dashboard": False}
    options: dict[str, Any] = {"address": cluster.address} if cluster.address else {"address": "local", **here}
    try:
        ray.init(**options, log_to_driver=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        problem = f"--cluster {cluster.address or 'local'}: Ray does not begin: {str(error).strip().splitlines()[0]}"
        remedy = "See that `ray status` answers here, with RAY_AUTH_MODE as it was there, or try --cluster local:2."
        raise UsageError("U036", problem, remedy) from None
    try:
        return RayActors(ray, divided, cluster)
    except BaseException:
        ray.shutdown()
        raise


class RayActors:
    """Actors, by the number of their part."""

    def __init__(self, ray: Any, divided: Callable[[int], Setup], cluster: Cluster) -> None:
        self._ray = ray
        self._nodes: list[tuple[str, int]] = []
        if cluster.address:
            alive = [each for each in ray.nodes() if each["Alive"] and each["Resources"].get("CPU", 0) >= 1]
            self._nodes = sorted((each["NodeID"], int(each["Resources"]["CPU"])) for each in alive)
        self.parts = max(1, len(self._nodes)) if cluster.address else cluster.parts
        self.where = counted(self.parts, "actor")
        self._setup, self._threads = divided(self.parts), cluster.threads
        self._class = ray.remote(concurrency_groups={"control": 1}, num_cpus=0, max_restarts=0)(_Actor)
        self._actors: dict[int, Any] = {}
        for part in range(self.parts):
            self.replace(part)

    def call(self, calls: Mapping[int, Call], look: Callable[[], None]) -> dict[int, Reply]:
        """Call them at the same time."""
        waiting: dict[Any, tuple[int, Iterator[Any]]] = {}
        for part, call in calls.items():
            arrays = [each for each in call.arrays if each is not None]
            method = self._actors[part].call.options(num_returns=1 + call.answers)
            results = method.remote(replace(call, arrays=()), *arrays)
            reply, *beside = results if call.answers else (results,)
            waiting[reply] = part, iter(beside)
        found: dict[int, Reply] = {}
        broken = False
        while waiting:
            look()
            done, _ = self._ray.wait(list(waiting), timeout=_LOOK_SECONDS)
            for each in done:
                part, beside = waiting.pop(each)
                try:
                    found[part] = _with_handles(self._ray.get(each), beside)
                except self._ray.exceptions.RayError:
                    broken = True
        for reply in found.values():
            if isinstance(reply.value, Raised):
                raise reply.value.error()
        if broken:
            raise Lost(self._dead())
        return found

    def _dead(self) -> list[int]:
        """Those that do not answer. What was sent by them is gone, too, so that others fail who are alive."""
        asked = {self._actors[part].call.remote(Call("usage")): part for part in self._actors}
        alive = set()
        done, _ = self._ray.wait(list(asked), num_returns=len(asked), timeout=_DIED_SECONDS)
        for each in done:
            try:
                self._ray.get(each)
                alive.add(asked[each])
            except self._ray.exceptions.RayError:
                continue
        return [part for part in self._actors if part not in alive]

    def replace(self, part: int) -> None:
        """Begin a new actor, on the node of the one before if that is there."""
        if part in self._actors:
            self.kill(part)
        options: dict[str, Any] = {}
        setup = self._setup
        if self._nodes:
            strategies = import_module("ray.util.scheduling_strategies")
            node, cores = self._nodes[part]
            options["scheduling_strategy"] = strategies.NodeAffinitySchedulingStrategy(node, soft=True)
            setup = replace(setup, threads=self._threads or cores)
        self._actors[part] = self._class.options(**options).remote(setup, part)

    def kill(self, part: int) -> None:
        """End an actor at once, as a machine that is switched off would."""
        self._ray.kill(self._actors[part])

    def value(self, handle: Any) -> bytes:
        """Have an array sent here."""
        try:
            array = copy_of(self._ray.get(handle))
        except self._ray.exceptions.RayError:
            raise Lost(self._dead()) from None
        return array

    def held(self, array: bytes) -> Any:
        """An object of Ray's."""
        return _put(array)

    def interrupt(self) -> None:
        """Say so to all, past what they do."""
        for actor in self._actors.values():
            actor.interrupt.options(concurrency_group="control").remote()

    def close(self) -> None:
        """End all actors, and leave the cluster."""
        for part in self._actors:
            self.kill(part)
        self._ray.shutdown()
