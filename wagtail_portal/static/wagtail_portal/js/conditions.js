/**
 * Shows or hides questions depending on the answers to others, by the same rules as the server. A
 * hidden question isn't sent, so questions that depend on it are hidden, too.
 */

const conditional = [...document.querySelectorAll("[data-portal-show-if]")];

/** Returns the answers to the question called `name` as a list of strings. */
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
  // In page order, because a question depends only on earlier ones.
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
