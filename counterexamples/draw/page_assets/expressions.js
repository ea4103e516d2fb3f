"use strict";
/* Expressions of the modelling language over the states of one trace: names, parts, comparisons, arithmetic, sets, len,
   all, any, sum, min, max, abs and comprehensions. What a model's methods do is not known here, and is an error. */
function expressions(data) {
  const types = new Map();  // of enums: name -> members
  const fail = (words) => { throw new Error(words); };

  /* Values: true, false, null, BigInt, and objects of one `kind`: enum, items (array, seq, tuple, record), set, process. */
  const member = (type, rank) => ({ kind: "enum", type: type[1], name: type[2][rank] });
  const list = (shape, items, more) => ({ kind: "items", shape, items, ...more });
  function read(type, value) {
    if (value === null) return null;
    switch (type[0]) {
      case "opt": return read(type[1], value);
      case "int": return BigInt(value);
      case "enum": return member(type, value);
      case "array": return list("array", value.map((each) => read(type[2], each)), {
        keys: new Map(type[3].map((each, at) => [key(read(type[1], each)), at])), index: type[1] });
      case "record": return list(type[1], value.map((each, at) => read(type[2][at][1], each)), {
        fields: type[2].map(([name]) => name) });
      case "set": return setOf(value.map((each) => read(type[1], each)));
      case "seq": return list("seq", value.map((each) => read(type[1], each)));
      case "tuple": return list("tuple", value.map((each, at) => read(type[1][at], each)));
      default: return value;
    }
  }
  function know(type) {
    if (type[0] === "enum" && !types.has(type[1])) types.set(type[1], type);
    type.slice(1).forEach((each) => {
      if (!Array.isArray(each)) return;
      if (typeof each[0] === "string" && type[0] !== "enum") know(each);
      else if (type[0] === "record") each.forEach(([, kind]) => know(kind));
      else if (type[0] === "tuple") each.forEach(know);
    });
  }

  /* What is equal has one key. */
  function key(value) {
    if (value === null || typeof value !== "object") return `${typeof value}:${value}`;
    if (value.kind === "enum") return `enum:${value.type}.${value.name}`;
    if (value.kind === "items") return `[${value.items.map(key).join()}]`;
    if (value.kind === "set") return `{${value.items.map(key).sort().join()}}`;
    return fail("a process has no value: ask for .at(\"point\"), .finished or a local");
  }
  const setOf = (items) => ({ kind: "set", items: [...new Map(items.map((each) => [key(each), each])).values()] });
  const sort = (value) => (value === null ? "None" : typeof value !== "object" ? typeof value
    : value.kind === "enum" ? `enum ${value.type}` : value.kind);
  const called = { bigint: "a number", boolean: "a truth value", None: "None", items: "a list or record", set: "a set",
    string: "a text", process: "a process" };
  const what = (value) => called[sort(value)] || sort(value);
  function show(value) {
    if (value === null) return "None";
    if (value === true || value === false) return value ? "True" : "False";
    if (typeof value !== "object") return typeof value === "string" ? `"${value}"` : String(value);
    if (value.kind === "enum") return value.name;
    if (value.kind === "set") return `{${value.items.map(show).join(", ")}}`;
    if (value.kind === "process") return key(value);
    if (value.fields) return `${value.shape}(${value.items.map((each, at) => `${value.fields[at]}=${show(each)}`).join(", ")})`;
    const inside = value.items.map(show).join(", ");
    return value.shape === "tuple" ? `(${inside})` : `[${inside}]`;
  }
  const items = (value) => (value && (value.kind === "items" || value.kind === "set") && !value.fields ? value.items
    : fail(`${what(value)} has no items`));
  const number = (value) => (typeof value === "bigint" ? value : fail(`${what(value)} is no number`));
  function truth(value) {
    if (typeof value === "boolean") return value;
    if (value && (value.kind === "set" || value.shape === "seq")) return value.items.length > 0;
    return fail(`${what(value)} is no condition: compare it with something`);
  }
  function same(a, b) {
    if (a !== null && b !== null && sort(a) !== sort(b)) fail(`${what(a)} is never equal to ${what(b)}`);
    return key(a) === key(b);
  }
  const has = (all, one) => { const wanted = key(one); return items(all).some((each) => key(each) === wanted); };
  const within = (a, b) => a.items.every((each) => has(b, each));
  const isSet = (value) => value !== null && value.kind === "set";
  function order(a, b) {  // -1, 0, 1; NaN for sets of which neither is within the other
    if (isSet(a) && isSet(b)) return within(a, b) ? (within(b, a) ? 0 : -1) : within(b, a) ? 1 : NaN;
    if (sort(a) !== sort(b) || !["bigint", "boolean"].includes(typeof a)) fail(`${what(a)} is not less or more than ${what(b)}`);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const floor = (a, b) => (a % b !== 0n && (a < 0n) !== (b < 0n) ? a / b - 1n : a / b);
  const divisor = (value) => (number(value) === 0n ? fail("division by zero") : value);
  const numeric = {
    "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "|": (a, b) => a | b, "&": (a, b) => a & b,
    "^": (a, b) => a ^ b, "//": (a, b) => floor(a, divisor(b)), "%": (a, b) => a - floor(a, divisor(b)) * b,
  };
  const onSets = {
    "|": (a, b) => setOf([...a.items, ...b.items]), "&": (a, b) => setOf(a.items.filter((each) => has(b, each))),
    "-": (a, b) => setOf(a.items.filter((each) => !has(b, each))),
    "^": (a, b) => setOf([...a.items.filter((each) => !has(b, each)), ...b.items.filter((each) => !has(a, each))]),
  };
  const apply = (sign, a, b) => (isSet(a) && isSet(b) && onSets[sign] ? onSets[sign](a, b) : numeric[sign](number(a), number(b)));
  const compare = {
    "==": same, "!=": (a, b) => !same(a, b), is: same, "is not": (a, b) => !same(a, b),
    in: (a, b) => has(b, a), "not in": (a, b) => !has(b, a),
    "<": (a, b) => order(a, b) < 0, "<=": (a, b) => order(a, b) <= 0, ">": (a, b) => order(a, b) > 0, ">=": (a, b) => order(a, b) >= 0,
  };
  const best = (sign) => (all) => all.reduce((a, b) => (compare[sign](number(b), number(a)) ? b : a), all.length ? all[0] : fail("there is no item to take"));
  const functions = {
    len: ([all]) => BigInt(items(all).length), all: ([all]) => items(all).every(truth), any: ([all]) => items(all).some(truth),
    sum: ([all]) => items(all).reduce((a, b) => a + number(b), 0n), abs: ([n]) => (number(n) < 0n ? -n : n),
    min: (given) => best("<")(given.length > 1 ? given : items(given[0])),
    max: (given) => best(">")(given.length > 1 ? given : items(given[0])),
    set: ([all]) => setOf(all === undefined ? [] : items(all)),
    range: (given) => {
      const [from, to] = given.length > 1 ? given.map(number) : [0n, number(given[0])];
      if (to - from > 10000n) fail("a range of more than 10,000 numbers");
      return list("seq", Array.from({ length: Math.max(0, Number(to - from)) }, (_, at) => from + BigInt(at)));
    },
  };
  const counts = { len: [1, 1], all: [1, 1], any: [1, 1], sum: [1, 1], abs: [1, 1], set: [0, 1], range: [1, 2], min: [1, 99], max: [1, 99] };

  /* Names. */
  const names = new Map();
  const found = (type, given) => { know(type); return (at) => read(type, given(at)); };
  data.parameters.forEach(({ name, type, value }) => names.set(name, found(type, () => value)));
  data.variables.forEach(({ name, type }, place) => names.set(name, found(type, (at) => data.states[at][place])));
  Object.entries(data.properties).forEach(([name, values]) => {
    if (!names.has(name)) names.set(name, (at) => (values[at] === null ? fail(`${name} cannot be evaluated here`) : values[at]));
  });
  data.processes.forEach((process) => names.set(process.name, (at) => (process.index === null ? instance(process, at, null)
    : { kind: "process", pick: (index) => instance(process, at, index) })));
  function instance(process, at, index) {
    const held = (variable) => { const value = names.get(variable)(at); return index === null ? value : part(value, index); };
    return { kind: "process", process, held, point: process.points[held(process.point).name] };
  }
  function part(base, index) {
    if (base && base.kind === "process" && base.pick) return base.pick(index);
    if (!base || base.kind !== "items" || base.fields) fail(`${what(base)} has no parts by number`);
    if (base.keys) {
      const at = base.keys.get(key(index));
      return at === undefined ? fail(`${show(index)} is no index: there are ${base.items.length}`) : base.items[at];
    }
    const at = Number(number(index));
    const value = base.items[at < 0 ? at + base.items.length : at];
    return value === undefined ? fail(`index ${at} of ${base.items.length} items`) : value;
  }
  function field(base, name) {
    if (base && base.kind === "process" && base.process) {
      if (name === "finished") return base.point.ended;
      return Object.hasOwn(base.process.kept, name) ? base.held(base.process.kept[name]) : fail(`the process keeps no ${name}; there are ${["finished", "at(...)", ...Object.keys(base.process.kept)].join(", ")}`);
    }
    if (base && base.kind === "process") fail("say which instance: process[0]");
    if (!base || !base.fields) fail(`${what(base)} has no field ${name}`);
    const at = base.fields.indexOf(name);
    return at < 0 ? fail(`no field ${name}; there are ${base.fields.join(", ")}`) : base.items[at];
  }
  function stands(base, points) {
    if (!base || base.kind !== "process" || !base.process) fail(`${what(base)} stands nowhere: .at(...) is for one process`);
    const known = Object.values(base.process.points).flatMap((each) => each.names);
    const odd = points.find((each) => !known.includes(each));
    if (odd !== undefined) fail(`the process stops at no ${show(odd)}; there are ${known.join(", ")}`);
    return points.some((each) => base.point.names.includes(each));
  }

  /* Reading text. Each rule gives a function from a state's number and the names of comprehensions to a value. */
  const TOKEN = /\s*(?:(\d+)|([\p{L}_][\p{L}\p{N}_]*)|("[^"]*"|'[^']*')|(==|!=|<=|>=|\/\/|[-+*%<>()[\]{}.,|&^]))/uy;
  const WORDS = ["and", "or", "not", "in", "is", "if", "else", "for", "True", "False", "None"];
  const LEVELS = [["|"], ["^"], ["&"], ["+", "-"], ["*", "//", "%"]];
  function tokens(text) {
    const all = [];
    for (let at = 0; text.slice(at).trim();) {
      TOKEN.lastIndex = at;
      const got = TOKEN.exec(text);
      if (!got) fail(`${text.slice(at).trim()[0]} is not understood`);
      const [, digits, name, quoted, sign] = got;
      all.push(digits ? ["number", BigInt(digits)] : name ? [WORDS.includes(name) ? name : "name", name] : quoted ? ["text", quoted.slice(1, -1)] : [sign, sign]);
      at = TOKEN.lastIndex;
    }
    return all;
  }
  function parse(text) {
    const all = tokens(text);
    let at = 0;
    const next = (more = 0) => (all[at + more] || ["the end"])[0];
    const take = () => all[at++][1];
    const eat = (sign) => next() === sign && (at += 1, true);
    const need = (sign) => eat(sign) || fail(`${sign} is missing before ${all[at] ? show(all[at][1]).replace(/^"|"$/g, "") : "the end"}`);
    const either = () => {
      const value = or();
      if (!eat("if")) return value;
      const condition = or();
      need("else");
      const other = either();
      return (s, l) => (truth(condition(s, l)) ? value(s, l) : other(s, l));
    };
    const joined = (word, below, decides) => () => {
      const parts = [below()];
      while (eat(word)) parts.push(below());
      return parts.length === 1 ? parts[0] : (s, l) => parts.some((each) => truth(each(s, l)) === decides) === decides;
    };
    const not = () => { if (!eat("not")) return comparison(); const value = not(); return (s, l) => !truth(value(s, l)); };
    const and = joined("and", not, false), or = joined("or", and, true);
    const relation = () => {
      if (next() === "not" && next(1) === "in") { at += 2; return "not in"; }
      if (eat("is")) return eat("not") ? "is not" : "is";
      return compare[next()] && next() !== "is not" ? take() : null;
    };
    const comparison = () => {
      const parts = [sum(0)], signs = [];
      for (let sign = relation(); sign; sign = relation()) { signs.push(sign); parts.push(sum(0)); }
      if (!signs.length) return parts[0];
      return (s, l) => {
        let left = parts[0](s, l);
        return signs.every((sign, n) => { const right = parts[n + 1](s, l), is = compare[sign](left, right); left = right; return is; });
      };
    };
    const sum = (level) => {
      if (level === LEVELS.length) return unary();
      let left = sum(level + 1);
      while (LEVELS[level].includes(next())) {
        const sign = take(), a = left, b = sum(level + 1);
        left = (s, l) => apply(sign, a(s, l), b(s, l));
      }
      return left;
    };
    const unary = () => { if (!eat("-")) return postfix(); const value = unary(); return (s, l) => -number(value(s, l)); };
    const postfix = () => {
      let value = atom();
      for (;;) {
        const base = value;
        if (eat(".")) {
          const name = next() === "name" ? take() : fail("a name is missing after the point");
          if (name === "at" && eat("(")) { const given = several(")"); value = (s, l) => stands(base(s, l), given.map((each) => each(s, l))); }
          else value = (s, l) => field(base(s, l), name);
        } else if (eat("[")) {
          const index = either();
          need("]");
          value = (s, l) => part(base(s, l), index(s, l));
        } else if (next() === "(") fail("only functions that are named can be called");
        else return value;
      }
    };
    const several = (end) => {
      const parts = [];
      while (!eat(end)) { parts.push(either()); if (!eat(",")) { need(end); break; } }
      return parts;
    };
    /* What stands in brackets: one value, several, or a comprehension. */
    const inside = (end) => {
      if (eat(end)) return { values: [], comma: false };
      const first = either();
      if (eat("for")) {
        const bound = [];
        do bound.push(next() === "name" ? take() : fail("a name is missing after `for`")); while (eat(","));
        need("in");
        const from = or();
        const conditions = [];
        while (eat("if")) conditions.push(or());
        need(end);
        const made = (s, l) => items(from(s, l)).map((each) => ({ ...l, ...(bound.length === 1 ? { [bound[0]]: each }
          : Object.fromEntries(bound.map((name, n) => [name, part(each, BigInt(n))]))) }))
          .filter((own) => conditions.every((one) => truth(one(s, own)))).map((own) => first(s, own));
        return { made };
      }
      const comma = eat(",");
      return { values: [first, ...(comma ? several(end) : (need(end), []))], comma };
    };
    const gather = (got) => got.made || ((s, l) => got.values.map((each) => each(s, l)));
    const atom = () => {
      const sort_ = next();
      if (at >= all.length) fail("something is missing at the end");
      if (sort_ === "number" || sort_ === "text") { const value = take(); return () => value; }
      if (eat("True")) return () => true;
      if (eat("False")) return () => false;
      if (eat("None")) return () => null;
      if (eat("(")) {
        const got = inside(")"), all_ = gather(got);
        return got.values && got.values.length === 1 && !got.comma ? got.values[0] : (s, l) => list("tuple", all_(s, l));
      }
      if (eat("[")) { const all_ = gather(inside("]")); return (s, l) => list("seq", all_(s, l)); }
      if (eat("{")) { const all_ = gather(inside("}")); return (s, l) => setOf(all_(s, l)); }
      if (sort_ !== "name") fail(`${all[at][1]} is not expected there`);
      return named();
    };
    const named = () => {
      let name = take();
      const own = name === "self" && eat(".");
      if (own) name = next() === "name" ? take() : fail("a name is missing after self.");
      if (next() === "(") {
        at += 1;
        if (!own && Object.hasOwn(functions, name)) {
          const got = inside(")"), all_ = gather(got);
          if (!got.made && (got.values.length < counts[name][0] || got.values.length > counts[name][1])) fail(`${name} takes another number of values`);
          return (s, l) => functions[name](got.made ? [list("seq", all_(s, l))] : all_(s, l));
        }
        if (Object.hasOwn(data.properties, name) && eat(")")) return (s) => names.get(name)(s);
        fail(data.methods.includes(name) ? `${name} is a method of the model, which this page cannot run` : `there is no function ${name}; there are ${Object.keys(functions).join(", ")}`);
      }
      if (!own && types.has(name) && next() === ".") {
        at += 1;
        const wanted = next() === "name" ? take() : "", rank = types.get(name)[2].indexOf(wanted);
        return rank < 0 ? fail(`${name} has no ${wanted}; there are ${types.get(name)[2].join(", ")}`) : () => member(types.get(name), rank);
      }
      return (s, l) => (!own && Object.hasOwn(l, name) ? l[name] : names.has(name) ? names.get(name)(s)
        : fail(data.methods.includes(name) ? `${name} is a method of the model, which this page cannot run` : `there is no ${name}`));
    };
    const made = either();
    if (at < all.length) fail(`${all[at][1]} is not expected there`);
    return made;
  }

  /* The value in every state as text, or why there is none. Throws what is wrong with the text itself. */
  return (text) => {
    const made = parse(text);
    return data.states.map((_, at) => {
      try { return { text: show(made(at, {})) }; } catch (error) { return { wrong: error.message }; }
    });
  };
}
