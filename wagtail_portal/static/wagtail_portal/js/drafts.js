/**
 * What was typed into a form survives a closed tab, on this device: texts and choices, no files.
 * It is wiped once it was sent, when one signs out, and after a week.
 */

const PREFIX = "wagtail-portal:draft:";
const SENT = "wagtail-portal:sent";
const WEEK = 7 * 24 * 3600 * 1000;

/* A browser may forbid storage altogether; then nothing is kept, and nothing breaks. */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

function forgetOld() {
  for (const key of keys()) {
    const draft = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (!(Date.now() - draft.at < WEEK)) localStorage.removeItem(key);
  }
}

const isKept = (control) =>
  control.name &&
  control.name !== "csrfmiddlewaretoken" &&
  !["hidden", "file", "submit", "button", "password"].includes(control.type);

const isChecked = (control) => ["checkbox", "radio"].includes(control.type);

function chosen(control, asServed) {
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

/** The answers of the form by name: as they are, or as the server sent them. */
function read(form, asServed = false) {
  const values = {};
  for (const control of form.elements) {
    if (!isKept(control)) continue;
    (values[control.name] ??= []).push(...chosen(control, asServed));
  }
  return values;
}

function write(form, values) {
  for (const control of form.elements) {
    const kept = values[control.name];
    if (!isKept(control) || !kept) continue;
    if (isChecked(control)) control.checked = kept.includes(control.value);
    else [control.value] = kept;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function keep(form) {
  const key = PREFIX + form.dataset.portalDraft;
  const served = JSON.stringify(read(form, true));
  const isTouched = () => JSON.stringify(read(form)) !== served;
  const draft = attempt(() => JSON.parse(localStorage.getItem(key) ?? "null"));
  // What the server gave back, or what was typed before this script arrived, is newer.
  const answered = form.querySelector("[aria-invalid=true]") || form.hasAttribute("data-portal-restored");
  const early = isTouched();
  if (draft && !answered && !early) write(form, draft.values);

  let timer;
  const save = () => {
    clearTimeout(timer);
    attempt(() => {
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
    attempt(() => sessionStorage.setItem(SENT, key));
  });
}

attempt(() => {
  forgetOld();
  // What was sent is forgotten where the server accepted it: on a page that gives nothing back.
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && !document.querySelector("[data-portal-error-summary], [aria-invalid=true], [data-portal-restored]")) {
    localStorage.removeItem(sent);
  }
});

for (const form of document.querySelectorAll("form[data-portal-draft]")) keep(form);

/* The Wagtail admin makes its own form for signing out. */
document.addEventListener("submit", (event) => {
  if (event.target.closest("form[data-portal-sign-out], form[action$='/logout/']")) {
    attempt(() => keys().forEach((key) => localStorage.removeItem(key)));
  }
});
