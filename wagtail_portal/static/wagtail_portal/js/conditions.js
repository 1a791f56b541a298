/**
 * Shows or hides questions by the same rules as the server. A hidden question isn't sent, so those
 * that depend on it are hidden, too.
 */

const conditional = [...document.querySelectorAll("[data-portal-show-if]")];

/** Returns a typed number as the server compares it, “1.5” for “١٫٥٠”, or the text as it is. */
function canonicalNumber(typed) {
  const text = typed
    .replace(/[\u061c\u200b-\u200f\u2060\u2066-\u2069\ufeff]/g, "")
    // The digits of each script follow each other.
    .replace(/\p{Nd}/gu, (digit) => {
      let value = 0;
      while (/\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt() - value - 1))) value++;
      return value % 10;
    })
    .replace(/[\u2212\ufe63\uff0d]/g, "-")
    .replace(/[\uff0c\u060c]/g, ",")
    .replace(/[\uff0e\u066b]/g, ".")
    .replace(/[\s'\u2019\u066c]/g, "");
  const signs = text.match(/[.,]/g) ?? [];
  const last = signs.at(-1);
  const hasDecimals = last && signs.filter((sign) => sign === last).length === 1;
  const [, whole, part = ""] = hasDecimals
    ? text.match(/^(.*)[.,](\d*)$/) ?? [null, text]
    : [null, text];
  const plain = whole.replace(/[.,+]/g, "").replace(/^(-?)0+(?=\d)/, "$1") || "0";
  if (!/^-?\d+$/.test(plain)) return typed;
  const decimals = part.replace(/0+$/, "");
  return decimals ? `${plain}.${decimals}` : plain;
}

/** Returns the answers to a question as strings. */
function answers(form, name) {
  const { inputMode, type } = form.elements[name] ?? {};
  const isNumber = inputMode === "numeric" || inputMode === "decimal";
  return new FormData(form)
    .getAll(name)
    .map((value) => (value.name ?? value).trim().toLowerCase())
    .filter(Boolean)
    .map((value) => (isNumber ? canonicalNumber(value) : value))
    // As the server writes date and time.
    .map((value) => (type === "datetime-local" ? value.replace("t", " ") : value));
}

function holds(form, { name, operator, values }) {
  const given = answers(form, name);
  if (!given.length) return operator === "empty" || operator === "not_equals";
  // Numbers, or ISO dates as text.
  const [a, b] = [given[0], values[0]].map((value) => (isNaN(values[0]) ? value : +value));
  const results = { filled: true, empty: false, less: a < b, at_most: a <= b, at_least: a >= b, greater: a > b };
  return results[operator] ?? given.some((value) => values.includes(value)) === (operator === "equals");
}

function update() {
  // A question depends only on earlier ones.
  for (const item of conditional) {
    const { match, conditions } = JSON.parse(item.dataset.portalShowIf);
    const form = item.closest("form");
    const shown = conditions[match === "any" ? "some" : "every"]((one) => holds(form, one));
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
