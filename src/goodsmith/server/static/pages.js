// Small islands: the pages work without them. Dropping a file, live figures, reviewing with the keyboard.
"use strict";

const csrf = document.body.dataset.csrf;

for (const form of document.querySelectorAll("[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  const over = (on) => (event) => { event.preventDefault(); form.classList.toggle("over", on); };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; form.requestSubmit(); }
  });
  input.addEventListener("change", () => input.files.length && form.requestSubmit());
}

for (const button of document.querySelectorAll("[data-confirm]")) {
  button.addEventListener("click", (event) => { if (!window.confirm(button.dataset.confirm)) event.preventDefault(); });
}

const running = document.querySelector("[data-run]");
if (running && !running.querySelector(".state.done, .state.cancelled, .state.failed")) {
  const first = running.querySelector(".state").className;
  const stream = new EventSource(running.dataset.run);
  stream.onmessage = (event) => {
    const facts = JSON.parse(event.data);
    if (!first.split(" ").includes(facts.state)) { stream.close(); window.location.reload(); return; }
    const clock = (s) => s === null ? "—" : `${Math.floor(s / 60)}:${String(Math.round(s % 60)).padStart(2, "0")}`;
    for (const place of running.querySelectorAll("[data-show]")) {
      const name = place.dataset.show, value = facts[name];
      if (place.tagName === "PROGRESS") place.value = value;
      else if (name === "eta_s") place.textContent = clock(value);
      else if (name === "rows_per_s") place.textContent = value === null ? "—" : value.toFixed(1);
      else if (name === "cost") { if (value !== null) place.textContent = `${value.toFixed(4)} ${facts.currency}`; }
      else if (name !== "words" && typeof value === "number") place.textContent = value.toLocaleString("en");
    }
  };
}

const reading = document.querySelector("[data-review]");
if (reading) {
  const said = reading.querySelector("[data-said]");
  const reasons = reading.querySelector("[data-reasons]");
  const help = reading.querySelector("[data-help]");
  const saving = reading.querySelector("[data-save]");
  const undo = reading.querySelector("[data-undo]");
  const last = JSON.parse(sessionStorage.getItem("last-decision") || "null");
  const here = reading.getAttribute("action");
  if (undo && last && last.action === here) undo.hidden = false;

  const send = async (body) => {
    const answer = await fetch(here, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-csrf-token": csrf },
      body: JSON.stringify(body),
    });
    if (!answer.ok) { said.textContent = (await answer.json()).message; return false; }
    return true;
  };
  const field = (name) => reading.elements[name].value;
  const decide = async (kind, reason) => {
    const edits = {};
    if (kind === "edit") for (const area of reading.querySelectorAll("[data-edit]"))
      if (area.value !== area.defaultValue) edits[area.name.slice(5)] = area.value;
    if (kind === "edit" && !Object.keys(edits).length) kind = "approve";
    const body = { ordinal: +field("ordinal"), locale: field("locale"), version: +field("version"), kind, reason: reason || "", edits };
    if (!await send(body)) return;
    sessionStorage.setItem("last-decision", JSON.stringify({ action: here, body: { ...body, kind: "reopen", edits: {}, reason: "", version: body.version + 1 } }));
    window.location.reload();
  };
  const edit = () => {
    reading.classList.add("editing");
    saving.hidden = false;
    reading.querySelector("[data-edit]").focus();
  };
  if (saving) {
    reading.addEventListener("submit", (event) => {
      event.preventDefault();
      const kind = event.submitter.value;
      if (kind === "reject") reasons.showModal(); else decide(kind);
    });
    reading.querySelector("[data-start-edit]").addEventListener("click", edit);
    for (const button of reading.querySelectorAll("[data-reason]")) button.addEventListener("click", () => { reasons.close(); decide("reject", button.value); });
    undo.addEventListener("click", async () => { if (await send(last.body)) { sessionStorage.removeItem("last-decision"); window.location.reload(); } });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && reading.classList.contains("editing")) { decide("edit"); return; }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (reasons.open) {
        const chosen = reasons.querySelector(`[data-reason="${event.key}"]`);
        if (chosen) { event.preventDefault(); chosen.click(); }
        return;
      }
      if (event.target.matches("textarea, input, select")) { if (event.key === "Escape") event.target.blur(); return; }
      if (event.key === "?") { help.showModal(); return; }
      const button = reading.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
      if (button && !button.hidden) { event.preventDefault(); button.click(); }
    });
  }
}
