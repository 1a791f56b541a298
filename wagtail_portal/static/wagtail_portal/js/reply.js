/** The composer: buttons for Markdown, a preview in place, and Ctrl+Enter to send. */

/* Inserts text as if it were typed, so that the browser can undo it. */
function insertText(area, text) {
  area.focus();
  if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function wrap(area, mark) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const text = value.slice(start, end);
  const length = mark.length;
  if (value.slice(start - length, start) === mark && value.slice(end, end + length) === mark) {
    area.setSelectionRange(start - length, end + length);
    insertText(area, text);
    area.setSelectionRange(start - length, end - length);
  } else {
    insertText(area, mark + text + mark);
    area.setSelectionRange(start + length, end + length);
  }
}

/* Adds a prefix to whole lines, or removes it if all of them have it. */
function prefix(area, mark) {
  const { value } = area;
  const start = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const next = value.indexOf("\n", area.selectionEnd);
  const end = next < 0 ? value.length : next;
  const lines = value.slice(start, end).split("\n");
  const marked = lines.every((line) => line.startsWith(mark));
  const text = lines.map((line) => (marked ? line.slice(mark.length) : mark + line)).join("\n");
  area.setSelectionRange(start, end);
  insertText(area, text);
  if (lines.length > 1) area.setSelectionRange(start, start + text.length);
}

function fence(area) {
  const text = area.value.slice(area.selectionStart, area.selectionEnd);
  if (!text.includes("\n")) return wrap(area, "`");
  const before = area.value.slice(0, area.selectionStart);
  const end = text.endsWith("\n") ? "" : "\n";
  const start = before && !before.endsWith("\n") ? "\n" : "";
  return insertText(area, `${start}\`\`\`\n${text}${end}\`\`\`\n`);
}

function link(area) {
  const { selectionStart: start, selectionEnd: end } = area;
  const text = area.value.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/.test(text);
  insertText(area, isAddress ? `[](${text})` : `[${text}](https://)`);
  // Put the cursor where something is missing.
  if (isAddress || !text) area.setSelectionRange(start + 1, start + 1);
  else area.setSelectionRange(end + 3, end + 11);
}

/* Most lines of code, logs and configuration begin or end as sentences don't. */
const CODE = /^(\s{2}|\t|[[{<}$>]|\W?\d{4}-\d\d-\d\d|[\w.-]+[=:]\S|[\w.]*(Error|Exception)\b)|[;{}()[\]>=]\s*$/;

function looksLikeCode(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  const marked = lines.filter((line) => CODE.test(line));
  return lines.length > 1 && marked.length * 2 >= lines.length && !text.includes("```");
}

/* Offers to put pasted code into a code block, as long as it stays where it was pasted. */
function offerCode(area, offer) {
  const words = offer.firstElementChild;
  let pasted = null;
  area.after(offer);
  area.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
    pasted = looksLikeCode(text) ? { text, start: area.selectionStart } : null;
  });
  const isThere = () => pasted && area.value.startsWith(pasted.text, pasted.start);
  area.addEventListener("input", () => (words.hidden = !isThere()));
  words.querySelector("button").addEventListener("click", () => {
    const { text, start } = pasted;
    pasted = null;
    area.setSelectionRange(start, start + text.length);
    fence(area);
    words.hidden = true;
  });
}

const FORMATS = {
  bold: (area) => wrap(area, "**"),
  italic: (area) => wrap(area, "_"),
  list: (area) => prefix(area, "- "),
  quote: (area) => prefix(area, "> "),
  code: fence,
  link,
};
const KEYS = { b: "bold", i: "italic", k: "link" };

for (const template of document.querySelectorAll("[data-portal-toolbar]")) {
  const [toolbar, offer] = template.content.children;
  const area = document.getElementById(toolbar.getAttribute("aria-controls"));
  template.replaceWith(toolbar);
  offerCode(area, offer);
  const buttons = [...toolbar.children];
  // One tab stop; the arrow keys move between buttons.
  const stopAt = (button) => buttons.forEach((other) => (other.tabIndex = other === button ? 0 : -1));
  stopAt(buttons[0]);
  toolbar.addEventListener("focusin", (event) => stopAt(event.target));
  toolbar.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] * (toolbar.matches(":dir(rtl)") ? -1 : 1);
    const to = { Home: 0, End: buttons.length - 1 }[event.key] ?? at + step;
    if (Number.isNaN(to)) return;
    event.preventDefault();
    buttons.at(to % buttons.length).focus();
  });
  toolbar.addEventListener("click", (event) => {
    const name = event.target.closest("button")?.dataset.format;
    if (name) FORMATS[name](area);
  });
  area.addEventListener("keydown", (event) => {
    const name = KEYS[event.key.toLowerCase()];
    if (!name || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    FORMATS[name](area);
  });
}

/* The preview replaces the text area, so that nothing moves and it is never out of date. */
for (const button of document.querySelectorAll("button[name=preview]")) {
  const { form } = button;
  const box = button.closest(".portal-composer__box");
  const area = box.querySelector("textarea");
  const part = box.querySelector("[data-portal-preview]");
  const label = button.textContent;

  function show(isPreview) {
    part.hidden = !isPreview;
    area.hidden = isPreview;
    box.querySelector(".portal-toolbar").inert = isPreview;
    button.textContent = isPreview ? button.dataset.portalWrite : label;
    (isPreview ? part : area).focus();
  }

  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (area.hidden) return show(false);
    const data = new FormData();
    for (const { name, value } of [form.elements.csrfmiddlewaretoken, area]) data.append(name, value);
    data.append("preview", "part");
    const response = await fetch(form.action, { method: "POST", body: data }).catch(() => null);
    // For example after signing out: submit the form as without this script.
    if (!response?.ok || response.redirected) return form.requestSubmit(button);
    part.innerHTML = await response.text();
    return show(true);
  });

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-portal-send]"));
  });
}
