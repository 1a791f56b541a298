/** Suggests people, organizations and operators below the search of the inbox. */

const PAUSE = 150;
const field = document.querySelector("[data-search-form] input[name=q]");
const place = document.querySelector("[data-portal-suggestions]");

function start() {
  const list = document.createElement("ul");
  list.id = "portal-search-suggestions";
  list.className = "portal-suggest__list portal-search-suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", place.dataset.portalLabel);
  list.hidden = true;
  field.parentElement.classList.add("portal-search");
  field.after(list);
  const states = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries({ ...states, autocomplete: "off" })) field.setAttribute(name, value);
  let timer;
  let asked = 0;
  let at = -1;

  function close() {
    asked += 1;
    list.hidden = true;
    list.replaceChildren();
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function mark(number) {
    at = (number + list.children.length) % list.children.length;
    [...list.children].forEach((row, index) => row.setAttribute("aria-selected", index === at));
    field.setAttribute("aria-activedescendant", list.children[at].id);
  }

  function choose(row) {
    field.value = row.dataset.text;
    close();
    field.focus();
    // Wagtail's script loads the results.
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function option({ text, label, kind }, number) {
    const row = document.createElement("li");
    row.id = `${list.id}-${number}`;
    row.setAttribute("role", "option");
    row.dataset.text = text;
    const [name, hint] = [document.createElement("bdi"), document.createElement("span")];
    name.textContent = label;
    hint.className = "w-help-text";
    hint.textContent = kind;
    row.append(name, " ", hint);
    return row;
  }

  async function find() {
    // What follows the cursor stays as it is only at the end.
    if (!field.value.trim() || field.selectionStart !== field.value.length || /\s$/.test(field.value)) return close();
    const number = ++asked;
    const url = `${place.dataset.portalSuggestions}?${new URLSearchParams({ q: field.value })}`;
    const response = await fetch(url, { redirect: "error" }).catch(() => null);
    if (!response?.ok || number !== asked || document.activeElement !== field) return undefined;
    const { results } = await response.json();
    if (number !== asked) return undefined;
    at = -1;
    list.replaceChildren(...results.map(option));
    list.hidden = !results.length;
    return field.setAttribute("aria-expanded", String(results.length > 0));
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at < 0 ? -1 : at - 1);
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) choose(list.children[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  field.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const row = event.target.closest("[role=option]");
    if (row) choose(row);
  });
}

if (field && place) start();
