/**
 * The details of a ticket: each choice is saved at once and can be undone. What isn't saved yet is
 * saved before a reply or a note is sent, and a warning keeps it from getting lost.
 */

const form = document.querySelector("[data-portal-details]");

/* Adding followers and files changes what the page shows, so these wait for the button. */
const PARTS = ["status", "assign", "fields", "followers"];
const AT_ONCE = ["status", "assign", "fields"];

const partOf = (name) => PARTS.find((part) => name.startsWith(`${part}-`));
const isOriginal = (name) => name.endsWith("_was") || name === "fields-original";

/** Returns what the form holds, by part: pairs of names and values. */
function read() {
  const parts = Object.fromEntries(PARTS.map((part) => [part, []]));
  for (const [name, value] of new FormData(form)) {
    if (!partOf(name) || isOriginal(name)) continue;
    const isFile = value instanceof File;
    if (!isFile || value.size) parts[partOf(name)].push([name, isFile ? value.name : value]);
  }
  return parts;
}

function write(pairs, part) {
  for (const control of form.elements) {
    if (partOf(control.name ?? "") !== part || isOriginal(control.name)) continue;
    const values = pairs.filter(([name]) => name === control.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(control.type)) control.checked = values.includes(control.value);
    else if (control.options) {
      for (const option of control.options) option.selected = values.includes(option.value);
    } else if (!["file", "hidden", "submit"].includes(control.type)) control.value = values[0] ?? "";
  }
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function showErrors(errors) {
  for (const old of form.querySelectorAll("[data-portal-live-error]")) old.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const [name, texts] of Object.entries(errors)) {
    const control = name && form.querySelector(`[name="${CSS.escape(name)}"]`);
    const error = document.createElement("p");
    error.className = "error-message";
    error.dataset.portalLiveError = "";
    error.id = `error-${name || "details"}`;
    error.textContent = texts.join(" ");
    if (control) {
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", error.id);
      (control.closest(".w-field") ?? control).after(error);
    } else form.prepend(error);
  }
  form.querySelector("[aria-invalid]")?.focus();
}

function setUp() {
  const saved = form.querySelector("[data-portal-saved]");
  const button = form.querySelector("[data-portal-save]");
  const { portalUndo, portalUndone, portalFailed } = form.dataset;
  let known = read();
  let queue = Promise.resolve(true);
  let pending = 0;
  let isLeaving = false;

  const changedParts = () => {
    const now = read();
    return PARTS.filter((part) => !isSame(now[part], known[part]));
  };
  const update = () => (button.hidden = !changedParts().length);

  function say(text, onUndo) {
    saved.textContent = text;
    if (!onUndo) return;
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "button button-small button-secondary";
    undo.textContent = portalUndo;
    undo.addEventListener("click", onUndo);
    saved.append(" ", undo);
  }

  async function send(parts, isUndo) {
    const data = new FormData();
    for (const [name, value] of new FormData(form)) {
      if (name === "csrfmiddlewaretoken" || parts.includes(partOf(name))) data.append(name, value);
    }
    const now = read();
    const before = Object.fromEntries(parts.map((part) => [part, known[part]]));
    let answer;
    try {
      const headers = { Accept: "application/json" };
      const response = await fetch(form.action, { method: "POST", body: data, headers, redirect: "error" });
      if (!response.ok) throw new Error();
      answer = await response.json();
    } catch {
      say(portalFailed);
      return false;
    }
    for (const [name, value] of Object.entries(answer.values ?? {})) {
      for (const field of document.getElementsByName(name)) field.value = value;
    }
    showErrors(answer.errors ?? {});
    if (answer.errors) {
      say("");
      return false;
    }
    for (const part of parts) known[part] = now[part];
    const badge = document.querySelector(".portal-ticket__meta .portal-status");
    if (answer.status) badge.outerHTML = answer.status;
    say(isUndo ? portalUndone : answer.text, isUndo ? null : () => {
      for (const part of parts) write(before[part], part);
      save(parts, true);
    });
    update();
    return true;
  }

  /* One after the other, so that each request knows the values of the last one. */
  function save(parts, isUndo = false) {
    pending += 1;
    queue = queue.then(() => send(parts, isUndo)).finally(() => (pending -= 1));
    return queue;
  }

  form.addEventListener("change", ({ target }) => {
    const part = partOf(target.name);
    if (part === "status") {
      const after = document.getElementById("id_reply-status");
      if (after) after.value = target.value;
    }
    if (AT_ONCE.includes(part) && target.type !== "file") save([part]);
    update();
  });
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => {
    const { submitter } = event;
    if (!submitter?.name) {
      isLeaving = true;
      return;
    }
    // "Assign to me".
    event.preventDefault();
    form.elements[submitter.name].value = submitter.value;
    form.querySelector(`select[name="${submitter.name}"]`).value = submitter.value;
    save([partOf(submitter.name)]).then((isSaved) => {
      submitter.hidden = isSaved;
    });
  });

  // Before anything else hears of it.
  addEventListener(
    "submit",
    (event) => {
      const sent = event.target;
      const parts = changedParts();
      if (!sent.matches(".portal-composer__form") || !(parts.length || pending)) {
        isLeaving = true;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const isSaved = parts.length ? save(parts) : queue;
      isSaved.then((done) => done && sent.requestSubmit(event.submitter));
    },
    { capture: true },
  );

  addEventListener("beforeunload", (event) => {
    if (!isLeaving && changedParts().length) event.preventDefault();
  });
  addEventListener("pageshow", () => (isLeaving = false));
  update();
}

/* Browsers that can't show the content of a closed element show it open where there's room. */
const side = document.querySelector(".portal-side");
if (side && !CSS.supports("selector(::details-content)")) {
  const wide = matchMedia("(min-width: 64rem)");
  const follow = () => (side.open = wide.matches);
  wide.addEventListener("change", follow);
  follow();
}
for (const link of document.querySelectorAll('[data-portal-open-details], a[href^="#id_"]')) {
  link.addEventListener("click", () => (side.open = true));
}

/* A shortcut opens the form to snooze the ticket, but doesn't move the focus there. */
document.querySelector('details:has(> [data-w-kbd-key-value="z"])')?.addEventListener("toggle", ({ target }) => {
  if (target.open) target.querySelector(":checked")?.focus();
});

/* Shortcuts don't work inside a field, so there's a key to leave it. */
form?.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("select")) event.target.blur();
});

if (form) setUp();
