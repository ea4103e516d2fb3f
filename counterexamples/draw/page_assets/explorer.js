/* A walk by hand: digits take a step, u takes the last one back. What can happen belongs to the last state. */
(() => {
  document.getElementById("relevant").parentElement.hidden = true;  // nothing is shown, so nothing is beside it
  const offered = document.querySelector(".offered"), undo = document.getElementById("undo");
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.id === "expression") return;
    const step = /^[1-9]$/.test(event.key) && document.querySelector(`a[data-step="${event.key - 1}"]`);
    if (step) step.click();
    else if (event.key === "u" && undo) undo.click();
  });
  const last = [...document.querySelectorAll("article[data-state]")].pop();
  const follow = () => { if (offered && last) offered.hidden = last.hidden; };
  if (last) new MutationObserver(follow).observe(last, { attributes: true, attributeFilter: ["hidden"] });
  follow();
})();
