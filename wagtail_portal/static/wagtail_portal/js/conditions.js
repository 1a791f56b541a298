/**
 * Shows or hides questions depending on the answers to others, by the same rules as the server. A
 * hidden question isn't sent, so questions that depend on it are hidden, too.
 */

const conditional = [...document.querySelectorAll("[data-portal-show-if]")];

/** Zero in the scripts with digits of their own that people type: each is followed by 1 to 9. */
const ZEROS = "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u0f20\u1040\u17e0\u1810\uff10";

/** Returns a typed number as the server compares it, “1.5” for “١٫٥٠”, or the text as it is. */
function canonicalNumber(typed) {
  const text = typed
    .replace(/[\u061c\u200b-\u200f\u2060\u2066-\u2069\ufeff]/g, "")
    .replace(/\p{Nd}/gu, (digit) => {
      const code = digit.codePointAt(0);
      const zero = [...ZEROS].find((one) => code >= one.charCodeAt(0) && code < one.charCodeAt(0) + 10);
      return zero ? String(code - zero.charCodeAt(0)) : digit;
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

/** Returns the answers to the question called `name` as a list of strings. */
function answers(form, name) {
  const { inputMode, type } = form.elements[name] ?? {};
  const isNumber = inputMode === "numeric" || inputMode === "decimal";
  return new FormData(form)
    .getAll(name)
    .map((value) => (value instanceof File ? value.name : value).trim().toLowerCase())
    .filter(Boolean)
    .map((value) => (isNumber ? canonicalNumber(value) : value))
    // Editors type a space between date and time.
    .map((value) => (type === "datetime-local" ? value.replace("t", " ") : value));
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
