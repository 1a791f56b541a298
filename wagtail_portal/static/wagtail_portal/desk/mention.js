/** Suggests the names of colleagues after an @ in an internal note. */

const PAUSE = 200;

function suggest(area) {
  const { portalMention: url, portalMentionLabel: label } = area.form.dataset;
  const list = document.createElement("ul");
  list.id = `${area.id}-names`;
  list.className = "portal-mention";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  list.hidden = true;
  area.after(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  let timer;
  let asked = 0;
  let at = 0;

  /* Returns the text between an @ and the cursor, if it can be the beginning of a name. */
  const typedName = () => /(?:^|[^\w])@([\p{L}\p{N}][\p{L}\p{N} ._-]{0,30})$/u.exec(
    area.value.slice(0, area.selectionStart),
  )?.[1];

  function close() {
    asked += 1;
    list.hidden = true;
    list.replaceChildren();
    area.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    at = (place + list.children.length) % list.children.length;
    [...list.children].forEach((row, number) => row.setAttribute("aria-selected", number === at));
    area.setAttribute("aria-activedescendant", list.children[at].id);
  }

  function choose(row) {
    const end = area.selectionStart;
    area.focus();
    area.setSelectionRange(end - (typedName() ?? "").length, end);
    const text = `${row.textContent} `;
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    clearTimeout(timer);
    close();
  }

  async function find() {
    const typed = typedName();
    if (!typed) return close();
    const number = ++asked;
    const response = await fetch(`${url}?${new URLSearchParams({ q: typed })}`).catch(() => null);
    if (!response?.ok || response.redirected || number !== asked) return undefined;
    const { results } = await response.json();
    if (number !== asked) return undefined;
    list.replaceChildren(
      ...results.slice(0, 6).map((result, place) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${place}`;
        row.setAttribute("role", "option");
        row.dir = "auto";
        row.textContent = result.label;
        return row;
      }),
    );
    list.hidden = !results.length;
    return results.length ? mark(0) : close();
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE);
  });
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(at + step);
    else if (event.key === "Escape") close();
    else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey) {
      choose(list.children[at]);
    } else return;
    event.preventDefault();
  });
  area.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const row = event.target.closest("[role=option]");
    if (row) choose(row);
  });
}

for (const form of document.querySelectorAll("form[data-portal-mention]")) suggest(form.querySelector("textarea"));
