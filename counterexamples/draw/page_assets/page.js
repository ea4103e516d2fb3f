"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const articles = [...document.querySelectorAll("article[data-state]")];
  const marks = [...document.querySelectorAll(".lanes button")];
  const files = [...document.querySelectorAll(".source pre")];
  const tabs = [...document.querySelectorAll(".tabs button")];
  let current = -1;
  $("controls").hidden = false;
  $("theme").hidden = false;

  function open(file) {
    files.forEach((each, n) => { each.hidden = n !== file; });
    tabs.forEach((each, n) => {
      each.setAttribute("aria-selected", String(n === file));
      each.tabIndex = n === file ? 0 : -1;
    });
  }

  function light(lines) {
    document.querySelectorAll(".lit").forEach((each) => each.classList.remove("lit"));
    if (!lines.length) return;
    open(lines[0][0]);
    lines.forEach(([file, line]) => { const at = $(`f${file}-${line}`); if (at) at.classList.add("lit"); });
    const first = $(`f${lines[0][0]}-${lines[0][1]}`);
    if (first) {
      const box = first.parentElement;
      box.scrollTop = first.offsetTop - Math.min(box.clientHeight, innerHeight / 2) / 3;
    }
  }

  function show(wanted, write) {
    const next = Math.max(0, Math.min(articles.length - 1, wanted));
    if (next === current) return;
    current = next;
    articles.forEach((each, n) => { each.hidden = n !== current; });
    marks.forEach((each) => {
      if (Number(each.dataset.state) === current) {
        each.setAttribute("aria-current", "step");
        each.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else each.removeAttribute("aria-current");
    });
    $("slider").value = String(current + 1);
    $("slider").setAttribute("aria-valuetext", data.titles[current]);
    $("where").textContent = `${current + 1} of ${articles.length}`;
    $("first").disabled = $("back").disabled = current === 0;
    $("next").disabled = $("last").disabled = current === articles.length - 1;
    $("announce").textContent = data.titles[current];
    light(data.lines[current]);
    if (write) history.replaceState(null, "", `#${current + 1}`);
  }

  const skip = (from, by) => {
    let at = from + by;
    while ($("relevant").checked && data.aside.includes(at) && at > 0 && at < articles.length - 1) at += by;
    return at;
  };
  const back = () => show(skip(current, -1), true);
  const next = () => show(skip(current, 1), true);
  $("first").onclick = () => show(0, true);
  $("last").onclick = () => show(articles.length - 1, true);
  $("back").onclick = back;
  $("next").onclick = next;
  $("slider").oninput = (event) => show(Number(event.target.value) - 1, true);
  marks.forEach((each) => { each.onclick = () => show(Number(each.dataset.state), true); });
  tabs.forEach((each, n) => {
    each.onclick = () => open(n);
    each.onkeydown = (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.stopPropagation();
      const other = (n + by + tabs.length) % tabs.length;
      open(other);
      tabs[other].focus();
    };
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.id === "slider") return;
    const does = { ArrowRight: next, j: next, ArrowLeft: back, k: back, Home: $("first").onclick, End: $("last").onclick };
    if (does[event.key]) { event.preventDefault(); does[event.key](); }
  });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = (theme) => { document.documentElement.dataset.theme = theme; };
  paper(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => paper(dark.matches ? "dark" : "light"));
  $("theme").onclick = () => paper(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  const linked = () => { const at = Number(location.hash.slice(1)); if (at) show(at - 1, false); };
  addEventListener("hashchange", linked);
  linked();
  if (current < 0) show(0, false);
})();
