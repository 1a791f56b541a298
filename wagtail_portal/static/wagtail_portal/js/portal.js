/**
 * On every page: closes menus, prevents forms from being sent twice, and focuses the error summary.
 */

const MENU = "details.portal-menu[open]";

function closeMenus(except) {
  for (const menu of document.querySelectorAll(MENU)) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest(MENU)));
document.addEventListener("focusin", (event) => closeMenus(event.target.closest(MENU)));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector(MENU);
  if (!menu) return;
  const hadFocus = menu.contains(document.activeElement);
  menu.open = false;
  if (hadFocus) menu.querySelector("summary").focus();
});

/* The button stays enabled, because a disabled one would not be sent and would lose the focus. */
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-portal-once]");
  if (!form || event.defaultPrevented) return;
  if (form.dataset.portalSent) {
    event.preventDefault();
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

const summary = document.querySelector("[data-portal-error-summary]");
const invalid = document.querySelector("[aria-invalid=true]");
if (summary) summary.focus();
else if (invalid) invalid.focus();
