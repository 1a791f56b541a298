/** Shows the last messages of a ticket when its row is pointed at, focused for a while, or asked with the space bar. */

const DELAY = 600;
const results = document.getElementById("listing-results");
const panel = document.createElement("div");
panel.className = "portal-peek";
panel.id = "portal-peek";
panel.setAttribute("role", "status");
panel.hidden = true;
document.body.append(panel);

const known = new Map();
let timer;
let shown = null;

const linkOf = (target) => target.closest?.("#listing-results tbody tr")?.querySelector("td.title a");

function close() {
  clearTimeout(timer);
  shown = null;
  panel.hidden = true;
}

function place(link) {
  const row = link.closest("tr").getBoundingClientRect();
  const below = innerHeight - row.bottom;
  const isBelow = below > Math.min(360, row.top);
  panel.style.insetBlockStart = isBelow ? `${row.bottom + 4}px` : "auto";
  panel.style.insetBlockEnd = isBelow ? "auto" : `${innerHeight - row.top + 4}px`;
  panel.style.maxBlockSize = `${Math.max(160, (isBelow ? below : row.top) - 24)}px`;
  const { left, right } = link.closest("td").getBoundingClientRect();
  const start = document.documentElement.dir === "rtl" ? innerWidth - right : left;
  panel.style.insetInlineStart = `${Math.max(8, start)}px`;
}

async function show(link) {
  shown = link;
  const url = new URL(link.href);
  const address = `${url.pathname}peek/`;
  if (!known.has(address)) {
    const response = await fetch(address, { redirect: "error" }).catch(() => null);
    if (!response?.ok) return;
    known.set(address, await response.text());
    // What was read a minute ago may have changed.
    setTimeout(() => known.delete(address), 60_000);
  }
  if (shown !== link || !link.isConnected) return;
  panel.replaceChildren(...new DOMParser().parseFromString(known.get(address), "text/html").body.childNodes);
  panel.hidden = false;
  panel.scrollTop = 0;
  place(link);
}

function soon(link) {
  clearTimeout(timer);
  if (link !== shown) close();
  timer = setTimeout(() => show(link), DELAY);
}

if (results && matchMedia("(min-width: 50rem)").matches) {
  results.addEventListener("pointerover", ({ target, pointerType }) => {
    const link = pointerType === "mouse" && target.closest("td.title") && linkOf(target);
    if (link) soon(link);
  });
  results.addEventListener("pointerout", ({ relatedTarget }) => {
    if (!panel.contains(relatedTarget) && linkOf(relatedTarget ?? document.body) !== shown) close();
  });
  panel.addEventListener("pointerleave", close);
  results.addEventListener("focusin", ({ target }) => {
    if (target.matches("td.title a:focus-visible")) soon(target);
  });
  results.addEventListener("focusout", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    const link = event.target.matches?.("#listing-results td.title a") ? event.target : null;
    if (event.key !== " " || !link || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    event.preventDefault();
    return panel.hidden ? show(link) : close();
  });
  addEventListener("scroll", close, { passive: true });
}
