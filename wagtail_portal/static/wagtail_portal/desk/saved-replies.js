/** Saved replies: a search with previews. One that's chosen is inserted at the cursor. */

const PAUSE = 200;

/* Enters what a saved reply changes in the fields for it. */
function fill(controls, values) {
  for (const control of controls) {
    if (["checkbox", "radio"].includes(control.type)) control.checked = values.includes(control.value);
    else if (control.options) {
      for (const option of control.options) option.selected = values.includes(option.value);
    } else [control.value] = values;
  }
}

function setUp(panel) {
  const form = panel.closest("form");
  const area = form.querySelector("textarea");
  const search = panel.querySelector("[type=search]");
  const choices = panel.querySelector("[data-portal-reply-choices]");
  const changes = form.querySelector("[data-portal-reply-changes]");
  const [find, insert] = panel.querySelectorAll("button[name=insert]");
  let timer;
  let asked = 0;
  // The list follows what's typed.
  find.hidden = true;

  async function load() {
    const number = ++asked;
    const url = `${panel.dataset.portalReplies}&${new URLSearchParams({ q: search.value })}`;
    const response = await fetch(url, { redirect: "error" }).catch(() => null);
    if (!response?.ok || number !== asked) return;
    choices.innerHTML = await response.text();
  }

  async function use() {
    const chosen = choices.querySelector("[type=radio]:checked");
    if (!chosen) return;
    const data = new FormData(form);
    // The placeholders need only what's typed.
    for (const { name } of form.querySelectorAll("[type=file]")) data.delete(name);
    data.append("insert", "part");
    const response = await fetch(form.action, { method: "POST", body: data }).catch(() => null);
    // For example after signing out: submit the form as without this script.
    if (!response?.ok || response.redirected) return form.requestSubmit(insert);
    const { text, changes: offered, fills } = await response.json();
    const used = document.createElement("input");
    used.type = "hidden";
    used.name = chosen.name.replace(/saved_reply$/, "used");
    used.value = chosen.value;
    changes.append(used);
    changes.insertAdjacentHTML("beforeend", offered ?? "");
    for (const [name, values] of Object.entries(fills ?? {})) fill(document.getElementsByName(name), values);
    panel.open = false;
    search.value = "";
    area.focus();
    if (text && !document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    }
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  panel.addEventListener("toggle", () => {
    if (!panel.open) return;
    search.focus();
    load();
  });
  // Searching isn't writing.
  for (const type of ["input", "change"]) panel.addEventListener(type, (event) => event.stopPropagation());
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, PAUSE);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      panel.open = false;
      area.focus();
    } else if (event.key === "ArrowDown" && event.target === search) {
      const radios = [...choices.querySelectorAll("[type=radio]")];
      const at = radios.findIndex((radio) => radio.checked);
      const next = radios[Math.min(at + 1, radios.length - 1)];
      next?.focus();
      if (next) next.checked = true;
    } else if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
      use();
    } else return;
    event.preventDefault();
  });
  insert.addEventListener("click", (event) => {
    event.preventDefault();
    use();
  });
}

for (const panel of document.querySelectorAll("[data-portal-replies]")) setUp(panel);

for (const link of document.querySelectorAll("[data-portal-open-replies]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    // Of the reply or of the note, whichever is being written.
    const panels = [...document.querySelectorAll("[data-portal-replies]")];
    const panel = panels.find((one) => one.offsetParent) ?? panels[0];
    panel.open = true;
    panel.scrollIntoView({ block: "center" });
  });
}
