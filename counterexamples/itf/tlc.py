"""The counterexample that `tlc -dumpTrace json FILE` writes -> the same as ITF. Judges no value, knows no model.

    {"state": [[1, {"variable": value, ...}], [2, {...}], ...],
     "action": [[[1, {...}], {"name": "Next", "context": {"p": value}, ...}, [2, {...}]], ...]}

Some write that object below "counterexample". A lasso's last action leads back to an earlier state. TLC's JSON has no
types: sets and sequences are lists, records and functions objects; `itf_values.fit` is led by the model's types.
"""

from __future__ import annotations

from counterexamples.itf.encoding import Json, Place

_REMEDY = "`tlc -dumpTrace json FILE` writes it so."


def is_dump(data: Json) -> bool:
    """Whether a file looks like TLC's."""
    body = _body(data)
    return isinstance(body, dict) and "states" not in body and isinstance(body.get("state"), list)


def as_itf(data: Json, file: str) -> Json:
    """The ITF that says the same; action names stand where Quint writes them. UsageError U005 for what is no dump."""
    place = Place(file)
    body = _body(data)
    states: dict[int, dict[str, Json]] = {}
    for index, each in enumerate(body["state"]):
        match each:
            case [int(number), dict(values)] if not isinstance(number, bool):
                states[number] = dict(values)
            case _:
                at = place.field("state").item(index)
                raise at.wrong("a state is a pair of its number and its variables", _REMEDY)
    loop = None
    actions = body.get("action", [])
    for each in actions if isinstance(actions, list) else []:
        match each:
            case [[int(before), _], dict(action), [int(after), _]] if before in states and after in states:
                if after <= before:
                    loop = sorted(states).index(after)
                    continue
                if isinstance(action.get("name"), str):
                    states[after]["mbt::actionTaken"] = action["name"]
                if isinstance(action.get("context"), dict):
                    states[after]["mbt::nondetPicks"] = action["context"]
    found: dict[str, Json] = {"states": [states[number] for number in sorted(states)]}
    return found if loop is None else {**found, "loop": loop}


def _body(data: Json) -> Json:
    return data.get("counterexample", data) if isinstance(data, dict) else data
