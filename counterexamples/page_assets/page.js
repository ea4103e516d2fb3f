// Shows one state of the trace at a time. Everything shown is in the document already: without this, all of it is visible.
(() => {
  "use strict";
  const find = (id) => document.getElementById(id);
  const root = document.documentElement;
  const states = JSON.parse(find("data").textContent).states; // [{id, title, says, changes, lines: [[file, line]], idle}]
  const sections = states.map((state) => find(state.id));
  const links = states.map((state) => document.querySelector(`.steps a[href="#${state.id}"]`));
  const slider = find("slider"), hide = find("hide");
  const tabs = [...document.querySelectorAll("[role=tab]")];
  let order = states.map((_, at) => at); // those that are not hidden
  let current = -1;

  const lineOf = ([file, line]) => find(`f${file}-${line}`);
  const paneOf = (file) => find(`file-${file}`);

  function within(pane, item, share) { // scrolls the pane only, never the page
    const box = item.getBoundingClientRect(), around = pane.getBoundingClientRect();
    if (share === undefined && box.top >= around.top + 40 && box.bottom <= around.bottom - 40) return;
    pane.scrollTop += box.top - around.top - pane.clientHeight * (share ?? 0.5);
  }

  function open(file) {
    tabs.forEach((tab, at) => {
      const on = at === file;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      paneOf(at).hidden = !on;
    });
  }

  function light(lines) {
    document.querySelectorAll(".l.lit").forEach((line) => line.classList.remove("lit"));
    lines.map(lineOf).forEach((line) => line?.classList.add("lit"));
    tabs.forEach((tab, at) => {
      const count = new Set(lines.filter(([file]) => file === at).map(([, line]) => line)).size;
      tab.querySelector(".count").textContent = count ? ` (${count} lit)` : "";
    });
    if (!lines.length) return;
    open(lines[0][0]);
    for (const file of new Set(lines.map(([file]) => file))) {
      const pane = paneOf(file), first = lineOf(lines.find(([other]) => other === file)), away = pane.hidden;
      pane.hidden = false; // what is hidden cannot scroll
      if (first) within(pane.querySelector(".code"), first, 0.3);
      pane.hidden = away;
    }
  }

  function mark(at) {
    if (current >= 0) {
      sections[current].classList.remove("on");
      links[current].removeAttribute("aria-current");
    }
    sections[at].classList.add("on");
    links[at].setAttribute("aria-current", "step");
    const pane = document.querySelector("nav");
    if (pane.scrollHeight > pane.clientHeight) within(pane, links[at]);
  }

  function show(at, announce = true) {
    if (states[at].idle && hide?.checked) { hide.checked = false; hiding(); }
    if (at === current) return;
    mark(at);
    current = at;
    const state = states[at], name = state.number ? `State ${state.number} of ${states.length}` : "The step that fails";
    slider.value = order.indexOf(at);
    slider.setAttribute("aria-valuetext", `${name}: ${state.title}`);
    find("where").textContent = `${state.number ?? "!"} / ${states.length}`;
    find("back").setAttribute("aria-disabled", String(order[0] === at));
    find("next").setAttribute("aria-disabled", String(order.at(-1) === at));
    light(state.lines);
    wide(sections[at].querySelector("figure"));
    // a slider in focus says its own value
    if (announce && document.activeElement !== slider) find("said").textContent = `${name}. ${state.says} ${state.changes}`;
  }

  function wide(figure) { // what can be scrolled can be reached by keyboard
    if (figure) figure.tabIndex = figure.scrollWidth > figure.clientWidth ? 0 : -1;
  }

  function go(at) { // by the reader's hand: the address follows
    show(at);
    history.replaceState(null, "", `#${states[at].id}`);
  }

  const move = (by) => go(order[Math.min(order.length - 1, Math.max(0, order.indexOf(current) + by))]);

  function hiding() {
    root.classList.toggle("hiding", hide.checked);
    order = states.map((_, at) => at).filter((at) => !(hide.checked && states[at].idle));
    slider.max = order.length - 1;
    if (current < 0) return;
    const nearest = order.reduce((best, at) => (Math.abs(at - current) < Math.abs(best - current) ? at : best), order[0]);
    if (nearest !== current) return go(nearest);
    slider.value = order.indexOf(current);
    find("back").setAttribute("aria-disabled", String(order[0] === current));
    find("next").setAttribute("aria-disabled", String(order.at(-1) === current));
  }

  function follow(announce) { // the address: a state, or a line of the source
    const id = decodeURIComponent(location.hash.slice(1));
    const at = states.findIndex((state) => state.id === id);
    if (at >= 0) return show(at, announce), true;
    const line = /^f(\d+)-\d+$/.test(id) && find(id);
    if (line) { open(Number(RegExp.$1)); within(line.closest(".code"), line, 0.3); }
    return false;
  }

  links.forEach((link, at) => link.addEventListener("click", (event) => { event.preventDefault(); go(at); }));
  find("back").addEventListener("click", () => move(-1));
  find("next").addEventListener("click", () => move(1));
  slider.addEventListener("input", () => go(order[Number(slider.value)]));
  hide?.addEventListener("change", hiding);
  window.addEventListener("hashchange", () => follow(true));
  window.addEventListener("resize", () => wide(sections[current].querySelector("figure")));
  document.querySelectorAll(".state details").forEach((one, _, all) => one.addEventListener("toggle", () =>
    all.forEach((other) => { other.open = one.open; })));

  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => open(at));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.stopPropagation();
      const to = (at + by + tabs.length) % tabs.length;
      open(to);
      tabs[to].focus();
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input[type=range]") && event.key !== "j"
      && event.key !== "k") return;
    const inSteps = event.target.closest("nav");
    const by = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1, ...(inSteps && { ArrowDown: 1, ArrowUp: -1 }) }[event.key];
    if (by) move(by);
    else if (event.key === "Home") go(order[0]);
    else if (event.key === "End") go(order.at(-1));
    else return;
    event.preventDefault();
    if (inSteps) links[current].focus({ preventScroll: true });
  });

  const themes = ["system", "light", "dark"];
  find("theme").addEventListener("click", (event) => {
    const next = themes[(themes.indexOf(root.dataset.theme ?? "system") + 1) % themes.length];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    event.currentTarget.querySelector("span").textContent = next;
  });

  slider.max = order.length - 1;
  if (tabs.length) open(0);
  if (!follow(false)) { const target = location.hash; show(0, false); if (target) follow(false); }
})();
