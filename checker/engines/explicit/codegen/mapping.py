"""What `@implements` needs of emitted code: the state of the program implemented that a state stands for.

    mapping(w, s, c, out, which)   puts what the packed state `w` stands for under the property number `which`, packed
                                   as a state of that program, to `out`; 0, or 1 if that cannot be evaluated

Locals that the program implemented would have forgotten are put there as they are given.
"""

from __future__ import annotations

from checker.engines.explicit.codegen import effects as effects_of
from checker.engines.explicit.codegen.code import OK, STATUS, Sheet, Writer, identifier
from checker.engines.explicit.codegen.layout import Layout
from checker.engines.explicit.codegen.packing import pack_words, unpack_lines
from checker.engines.explicit.codegen.statements import function_code, register
from checker.ir.nodes import Program, Property
from checker.ir.property_kind import PropertyKind


def implementing(program: Program) -> tuple[Property, ...]:
    """The `@implements` properties of a program, as `mapping` numbers them."""
    return tuple(each for each in program.steps if each.kind is PropertyKind.IMPLEMENTS)


def mapping_code(program: Program, sheet: Sheet) -> list[list[str]]:
    """The entry `mapping`, and the functions that it calls; nothing where nothing is implemented."""
    wanted = implementing(program)
    functions: list[list[str]] = []
    read = {name for each in wanted for name in effects_of.of_function(each.function, sheet.effects).reads}
    writer = Writer(sheet, dirty=False)
    writer.lines += unpack_lines(sheet, [name for name in sheet.layout.offsets if name in read])
    writer.line(f"c[{STATUS}] = {OK}")
    for at, each in enumerate(wanted):
        key, name = f"implements {each.name}", f"implements_{identifier(each.name)}"
        register(sheet, each.function, key)
        functions.append(function_code(sheet, each.function, key, name, helper=True))
        with writer.block(f"if which == {at}:"):
            writer.line(f"{name}(s, c)")
            with writer.block(f"if c[{STATUS}] != {OK}:"):
                writer.line("return 1")
            texts = pack_words(Layout(program.abstract[each.name]), sheet.results[key].__add__)
            for word, text in enumerate(texts):
                writer.line(f"out[{word}] = {text}")
    writer.line("return 0")
    return [*functions, ["def mapping(w, s, c, out, which):", *writer.lines]] if wanted else []
