/**
 * Saves unsent forms on this device, so that closing the tab loses nothing but files. A draft is
 * deleted once it's sent, after signing out, and after a week.
 */

const PREFIX = "wagtail-portal:draft:";
const SENT = "wagtail-portal:sent";
const WEEK = 7 * 24 * 3600 * 1000;

/* Browsers can forbid storage. Then nothing is saved, and nothing breaks. */
function tryStorage(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

function deleteOld() {
  for (const key of keys()) {
    const draft = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (!(Date.now() - draft.at < WEEK)) localStorage.removeItem(key);
  }
}

const isSaved = (control) =>
  control.name &&
  control.name !== "csrfmiddlewaretoken" &&
  !["hidden", "file", "submit", "button", "password"].includes(control.type);

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
    if (!isSaved(control)) continue;
    (values[control.name] ??= []).push(...valuesOf(control, asServed));
  }
  return values;
}

function write(form, values) {
  for (const control of form.elements) {
    const saved = values[control.name];
    if (!isSaved(control) || !saved) continue;
    if (isChecked(control)) control.checked = saved.includes(control.value);
    else [control.value] = saved;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function saveDraft(form) {
  const key = PREFIX + form.dataset.portalDraft;
  const served = JSON.stringify(read(form, true));
  const isTouched = () => JSON.stringify(read(form)) !== served;
  const draft = tryStorage(() => JSON.parse(localStorage.getItem(key) ?? "null"));
  // What the server returned, or what was typed before this script was loaded, is newer.
  const returned = form.querySelector("[aria-invalid=true]") || form.hasAttribute("data-portal-restored");
  const early = isTouched();
  if (draft && !returned && !early) write(form, draft.values);

  let timer;
  const save = () => {
    clearTimeout(timer);
    tryStorage(() => {
      if (!isTouched()) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: read(form) }));
    });
  };
  if (early) save();
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  });
  addEventListener("pagehide", () => timer && !form.dataset.portalSent && save());
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    timer = undefined;
    tryStorage(() => sessionStorage.setItem(SENT, key));
  });
}

tryStorage(() => {
  deleteOld();
  // The draft is deleted once the server has accepted it: the page returns nothing to correct.
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && !document.querySelector("[data-portal-error-summary], [aria-invalid=true], [data-portal-restored]")) {
    localStorage.removeItem(sent);
  }
});

for (const form of document.querySelectorAll("form[data-portal-draft]")) saveDraft(form);

/* The Wagtail admin has its own form for signing out. */
document.addEventListener("submit", (event) => {
  if (event.target.closest("form[data-portal-sign-out], form[action$='/logout/']")) {
    tryStorage(() => keys().forEach((key) => localStorage.removeItem(key)));
  }
});
