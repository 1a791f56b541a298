/**
 * Saves unsent forms on this device, so that closing the tab loses nothing. A draft is deleted once
 * the server has confirmed it, after signing out, and after a week.
 */

const PREFIX = "wagtail-portal:draft:";
const WEEK = 7 * 24 * 3600 * 1000;

/* Browsers can forbid storage. */
function tryStorage(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

const parse = (key) => JSON.parse(localStorage.getItem(key) ?? "null");

/* A cookie names the submission keys that arrived. Drafts that were changed since they were sent stay. */
function deleteOldAndSent() {
  const [, sent] = document.cookie.match(/(?:^|; )wagtail_portal_sent=([^;]*)/) ?? [];
  for (const key of keys()) {
    const draft = parse(key);
    const isSent = sent?.split(".").includes(draft.key) && draft.sent === JSON.stringify(draft.values);
    if (isSent || !(Date.now() - draft.at < WEEK)) localStorage.removeItem(key);
  }
  if (sent) document.cookie = "wagtail_portal_sent=; path=/; max-age=0";
}

const isSaved = (control) =>
  control.name &&
  control.name !== "csrfmiddlewaretoken" &&
  ("portalDraftValue" in control.dataset ||
    !["hidden", "file", "submit", "button", "password"].includes(control.type));

const isChecked = (control) => ["checkbox", "radio"].includes(control.type);

function valuesOf(control, asServed) {
  if (isChecked(control)) {
    return (asServed ? control.defaultChecked : control.checked) ? [control.value] : [];
  }
  if (control.options) {
    const options = [...control.options];
    const first = options.find((option) => option.defaultSelected) ?? options[0];
    return [asServed ? (first?.value ?? "") : control.value];
  }
  return [asServed ? control.defaultValue : control.value];
}

/** Returns the form’s values by name, as they are now or as the server sent them. */
function read(form, asServed = false) {
  const values = {};
  for (const control of form.elements) {
    if (isSaved(control)) (values[control.name] ??= []).push(...valuesOf(control, asServed));
    else if (control.name.endsWith("-kept")) {
      const [name, size] = control.parentElement.querySelectorAll("bdi");
      const file = { id: control.value, name: name.textContent, size: size.textContent };
      (values[control.name] ??= []).push(file);
    }
  }
  return values;
}

function write(form, values) {
  for (const control of [...form.elements]) {
    const saved = values[control.name];
    if (control.type === "file") {
      const detail = values[`${control.name}-kept`] ?? [];
      control.dispatchEvent(new CustomEvent("portal-restore", { detail }));
    } else if (!isSaved(control) || !saved) continue;
    else if (isChecked(control)) control.checked = saved.includes(control.value);
    else [control.value] = saved;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function saveDraft(form) {
  const key = PREFIX + form.dataset.portalDraft;
  const asServed = read(form, true);
  const served = JSON.stringify(asServed);
  const isTouched = () => JSON.stringify(read(form)) !== served;
  const submission = form.querySelector("[name$=submission_key]");
  const note = form.querySelector("[data-portal-draft-note]");
  const draft = tryStorage(() => parse(key));
  // What the server returned, or what was typed before this script was loaded, is newer, unless the
  // draft is a later version of it.
  const isReturned = form.hasAttribute("data-portal-restored") || form.querySelector("[aria-invalid=true]");
  const early = isTouched();
  let sent;
  let timer;

  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    tryStorage(() => {
      if (!isTouched() && !sent) return localStorage.removeItem(key);
      const saved = { at: Date.now(), key: submission?.value, values: read(form), sent, served };
      return localStorage.setItem(key, JSON.stringify(saved));
    });
  };

  if (draft && !early && (!isReturned || draft.served === served)) {
    write(form, draft.values);
    // If the server has it after all, it won't add it twice.
    if (draft.sent && submission) submission.value = draft.key;
    ({ sent } = draft);
    if (note) note.hidden = false;
    form.closest("details")?.setAttribute("open", "");
  }
  note?.querySelector("button").addEventListener("click", (event) => {
    // What the server returned, it has to forget, too.
    if (isReturned && event.target.name) return;
    event.preventDefault();
    write(form, asServed);
    sent = undefined;
    save();
    note.hidden = true;
    form.querySelector("textarea, input:not([type=hidden])").focus();
  });
  if (early) save();
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  });
  addEventListener("pagehide", () => timer && save());
  form.addEventListener("submit", (event) => {
    tryStorage(deleteOldAndSent);
    if (isReturned || isTouched()) sent = JSON.stringify(read(form));
    save();
    if (event.submitter?.name === "discard") tryStorage(() => localStorage.removeItem(key));
  });
}

/* What was typed here now belongs to another form, unless that one has a draft. */
function moveDraft({ dataset }) {
  const [from, to] = [PREFIX + dataset.portalDraftFrom, PREFIX + dataset.portalDraftTo];
  if (!(from in localStorage) || to in localStorage) return;
  localStorage[to] = localStorage[from];
  localStorage.removeItem(from);
}

tryStorage(deleteOldAndSent);
tryStorage(() => document.querySelectorAll("[data-portal-draft-from]").forEach(moveDraft));

// Once the other scripts can show files again.
addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-portal-draft]").forEach(saveDraft));

/* The Wagtail admin has its own form for signing out. */
document.addEventListener("submit", (event) => {
  if (event.target.closest("form[data-portal-sign-out], form[action$='/logout/']")) {
    tryStorage(() => keys().forEach((key) => localStorage.removeItem(key)));
  }
});
