/** The composer of a ticket, in addition to the shared modules. */

/* Opens the tab of a reply or an internal note, and focuses its text. */
function write(kind) {
  const tab = document.getElementById(`tab-label-${kind}`);
  if (tab.getAttribute("aria-selected") !== "true") tab.click();
  // After Wagtail has shown the panel.
  setTimeout(() => {
    const area = document.querySelector(`#tab-${kind} textarea`);
    area.focus({ preventScroll: true });
    area.scrollIntoView({ block: "center" });
  });
}

for (const link of document.querySelectorAll("[data-portal-write-kind]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    write(link.dataset.portalWriteKind);
  });
}

/* Inserts a saved reply at the cursor, as if it were typed. */
for (const button of document.querySelectorAll("button[name=insert]")) {
  const { form } = button;
  const area = form.querySelector("textarea");
  const select = button.parentElement.querySelector("select");
  // A saved reply is inserted as soon as it's chosen.
  button.hidden = true;
  select.addEventListener("change", async () => {
    if (!select.value) return;
    const data = new FormData();
    for (const { name, value } of [form.elements.csrfmiddlewaretoken, select]) data.append(name, value);
    data.append("insert", "part");
    const response = await fetch(form.action, { method: "POST", body: data }).catch(() => null);
    if (!response?.ok || response.redirected) return form.requestSubmit(button);
    const used = document.createElement("input");
    used.type = "hidden";
    used.name = select.name.replace(/saved_reply$/, "used");
    used.value = select.value;
    form.append(used);
    select.value = "";
    area.focus();
    const text = await response.text();
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}
