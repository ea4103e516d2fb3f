/* One state at a time: by button, key, slider, mark and link. Opens at the last state, where the property is decided. */
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
    const place = lines.length ? lines[0] : data.model;  // where no line ran, the class stands
    if (!place) return;
    open(place[0]);
    lines.forEach(([file, line]) => { const at = $(`f${file}-${line}`); if (at) at.classList.add("lit"); });
    const first = $(`f${place[0]}-${place[1]}`);
    if (first) {
      const box = first.parentElement;
      box.scrollTop = first.offsetTop - Math.min(box.clientHeight, innerHeight / 2) / 3;
    }
  }

  /* The lanes go with the step: its mark stands in the middle of what is not covered by the names. */
  function centre(mark) {
    const lanes = document.querySelector(".lanes"), names = lanes.querySelector("th").offsetWidth;
    const middle = mark.getBoundingClientRect().left - lanes.getBoundingClientRect().left + mark.offsetWidth / 2;
    lanes.scrollLeft += middle - (names + lanes.clientWidth) / 2;
  }
  const address = () => {
    if (location.protocol === "about:") return; // in a frame of a notebook: it has no address of its own
    const watched = watching.texts().map((text) => `&watch=${encodeURIComponent(text)}`);
    history.replaceState(null, "", `#${current + 1}${watched.join("")}`);
  };

  function show(wanted, write) {
    const next = Math.max(0, Math.min(articles.length - 1, wanted));
    if (next === current) return;
    current = next;
    articles.forEach((each, n) => { each.hidden = n !== current; });
    marks.forEach((each) => {
      if (Number(each.dataset.state) === current) {
        each.setAttribute("aria-current", "step");
        centre(each);
      } else each.removeAttribute("aria-current");
    });
    $("slider").value = String(current + 1);
    $("slider").setAttribute("aria-valuetext", data.titles[current]);
    $("where").textContent = `${current + 1} of ${articles.length}`;
    $("first").disabled = $("back").disabled = current === 0;
    $("next").disabled = $("last").disabled = current === articles.length - 1;
    $("announce").textContent = data.titles[current];
    light(data.lines[current]);
    watching.step(current);
    if (write) address();
  }
  const watching = watch(data.watch, (state) => show(state, true), () => { if (current >= 0) address(); });

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
    if (event.ctrlKey || event.metaKey || event.altKey || ["slider", "expression"].includes(event.target.id)) return;
    const does = { ArrowRight: next, j: next, ArrowLeft: back, k: back, Home: $("first").onclick, End: $("last").onclick };
    if (does[event.key]) { event.preventDefault(); does[event.key](); }
  });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = (theme) => { document.documentElement.dataset.theme = theme; };
  paper(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => paper(dark.matches ? "dark" : "light"));
  $("theme").onclick = () => paper(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  document.querySelectorAll("button[data-watch]").forEach((each) => { each.onclick = () => watching.add(each.dataset.watch); });
  const linked = () => { const at = Number(location.hash.slice(1).split("&")[0]); if (at) show(at - 1, false); };
  addEventListener("hashchange", linked);
  const wanted = location.hash.split("&watch=").slice(1);
  linked();
  if (current < 0) show(articles.length - 1, false);
  wanted.forEach((text) => { try { watching.add(decodeURIComponent(text)); } catch { /* a damaged address */ } });
})();
