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
