/**
 * On every page: closes menus, prevents forms from being sent twice, and focuses the error summary.
 */

const MENU = "details.portal-menu[open]";

function closeMenus({ target }) {
  for (const menu of document.querySelectorAll(MENU)) {
    if (!menu.contains(target)) menu.open = false;
  }
}

document.addEventListener("click", closeMenus);
document.addEventListener("focusin", closeMenus);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  // A menu in another one comes later.
  const menu = [...document.querySelectorAll(MENU)].at(-1);
  if (!menu) return;
  const hadFocus = menu.contains(document.activeElement);
  menu.open = false;
  if (hadFocus) menu.querySelector("summary").focus();
});

const offline = document.createElement("p");
offline.className = "portal-error";
offline.role = "alert";

/* A disabled button would not be sent and would lose the focus. */
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-portal-once]");
  if (!form || event.defaultPrevented) return;
  if (form.dataset.portalSent) {
    event.preventDefault();
    return;
  }
  offline.remove();
  offline.textContent = document.querySelector("[data-portal-offline]")?.dataset.portalOffline;
  if (offline.textContent && !navigator.onLine) {
    // The browser would replace the form with a page of its own.
    event.preventDefault();
    form.append(offline);
    offline.scrollIntoView({ block: "center" });
    return;
  }
  form.dataset.portalSent = "yes";
  const button = event.submitter ?? form.querySelector("button");
  button?.setAttribute("aria-disabled", "true");
  if (button?.dataset.busy) {
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.busy;
  }
});

/* After the browser's Back button, forms can be sent again. */
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-portal-sent]")) {
    delete form.dataset.portalSent;
    // Including buttons outside of the form.
    for (const button of [...form.elements].filter((row) => row.ariaDisabled)) {
      button.removeAttribute("aria-disabled");
      if (button.dataset.label) button.textContent = button.dataset.label;
    }
  }
});

/* An error goes once its field has an answer that the browser accepts. */
function hideError({ target }) {
  const field = target.closest(".portal-field.portal-field--invalid");
  const error = field?.querySelector(".portal-error");
  const group = field?.querySelectorAll(`[name="${target.name}"]`);
  const hasAnswer = target.value || field?.querySelector("[name$=-kept]");
  if (!error || !hasAnswer || [...group].some((control) => control.type !== "file" && !control.validity.valid)) return;
  error.remove();
  field.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  for (const invalid of [field, ...field.querySelectorAll(".portal-field--invalid")]) {
    invalid.classList.remove("portal-field--invalid");
  }
  const list = document.querySelector("[data-portal-error-summary] ul");
  list?.querySelector(`a[href="#${CSS.escape(error.id.replace(/_error$/, ""))}"], a[href="#${target.id}"]`)?.parentElement.remove();
  if (list && !list.children.length) list.parentElement.remove();
}
document.addEventListener("input", hideError);
document.addEventListener("change", hideError);

const find = (selector) => document.querySelector(selector);
(find("[data-portal-error-summary]") ?? find("[aria-invalid=true]"))?.focus();
