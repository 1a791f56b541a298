/**
 * Shows a question only if another one was answered in a certain way, as the server decides it
 * anyway. A hidden question is not sent, so that what depends on it in turn hides as well.
 */

const conditional = [...document.querySelectorAll("[data-portal-show-if]")];

/** What is answered to the question called `name`: a list of texts, empty when nothing is. */
function answers(form, name) {
  return new FormData(form)
    .getAll(name)
    .map((value) => (value instanceof File ? value.name : value).trim().toLowerCase())
    .filter(Boolean);
}

function isShown(item) {
  const { portalShowIf, portalOperator, portalValues } = item.dataset;
  const given = answers(item.closest("form"), portalShowIf);
  if (portalOperator === "filled") return given.length > 0;
  const wanted = JSON.parse(portalValues);
  return given.some((value) => wanted.includes(value));
}

function update() {
  // In the order of the page: a question depends only on earlier ones.
  for (const item of conditional) {
    const shown = isShown(item);
    item.hidden = !shown;
    for (const control of item.querySelectorAll("input, select, textarea")) {
      control.disabled = !shown;
    }
  }
}

if (conditional.length) {
  const form = conditional[0].closest("form");
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  addEventListener("pageshow", update);
  update();
}
