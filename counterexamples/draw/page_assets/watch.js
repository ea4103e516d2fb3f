/* Expressions that the reader types, with their value in the state shown and over the whole trace. */
const watch = (data, go, changed) => {
  const $ = (id) => document.getElementById(id);
  const evaluate = expressions(data);
  const rows = [];
  let current = 0;
  $("watch").hidden = false;

  const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const words = (value) => (value === undefined ? "no state" : "wrong" in value ? `no value: ${value.wrong}` : value.text);

  /* `states 1-4: True`: neighbours that are alike are one. */
  function runs(values) {
    const all = [];
    values.forEach((value, at) => {
      const last = all[all.length - 1], text = words(value);
      if (last && last.text === text) last.to = at;
      else all.push({ from: at, to: at, text, wrong: "wrong" in value });
    });
    return all;
  }
  function add(text) {
    const wanted = text.trim();
    if (!wanted || rows.some((each) => each.text === wanted)) return true;
    let values;
    try { values = evaluate(wanted); } catch (error) { $("mistake").textContent = error.message; return false; }
    if (values.length && values.every((each) => each.wrong === values[0].wrong && "wrong" in each)) {
      $("mistake").textContent = values[0].wrong;
      return false;
    }
    $("mistake").textContent = "";
    const row = make("tr", ""), now = make("td", "", { className: "now" }), cell = make("td", "");
    const over = make("div", "", { className: "runs" });
    cell.append(over);
    row.append(Object.assign(make("th", wanted), { scope: "row" }), now, cell);
    const all = runs(values).map((run) => {
      const where = run.from === run.to ? `${run.from + 1}` : `${run.from + 1}–${run.to + 1}`;
      const button = make("button", "", { type: "button", title: run.text, onclick: () => go(run.from) });
      button.append(make("span", where, { className: "quiet" }), ` ${run.wrong ? "no value" : run.text}`);
      over.append(button);
      return { ...run, button };
    });
    const gone = make("button", "✕", { type: "button", className: "remove" });
    gone.setAttribute("aria-label", `Do not watch ${wanted}`);
    gone.onclick = () => { row.remove(); rows.splice(rows.findIndex((each) => each.row === row), 1); changed(); };
    const last = make("td", "");
    last.append(gone);
    row.append(last);
    $("watched").append(row);
    rows.push({ text: wanted, row, now, values, all });
    changed();
    step(current);
    return true;
  }
  function step(at) {
    current = at;
    rows.forEach(({ now, values, all }) => {
      now.textContent = words(values[at]);
      now.classList.toggle("bad", values[at] !== undefined && "wrong" in values[at]);
      all.forEach(({ from, to, button }) => {
        if (from <= at && at <= to) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      });
    });
  }
  $("watch").querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    if (add($("expression").value)) $("expression").value = "";
  };
  $("expression").oninput = () => { $("mistake").textContent = ""; };
  return { add, step, texts: () => rows.map((each) => each.text) };
};
