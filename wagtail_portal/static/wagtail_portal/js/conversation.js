/**
 * A ticket's conversation: adds new messages, opens images in a lightbox, and lets the link to a
 * message change the URL without reloading the page.
 */

/* Where the first message below the header begins. */
const HEADER = 80;
const conversation = document.querySelector(".portal-conversation");
const updates = document.querySelector(".portal-updates");
const composer = document.querySelector(".portal-composer");

/* Makes boxes that scroll focusable, so that the keyboard can scroll them. */
function makeScrollersFocusable() {
  for (const box of document.querySelectorAll(".portal-prose :is(pre, table), .portal-ticket__details")) {
    const isLarger = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (isLarger && getComputedStyle(box).overflow !== "visible") box.tabIndex = 0;
  }
}

const announcement = new IntersectionObserver((targets) => {
  if (!targets.some((target) => target.isIntersecting)) return;
  announcement.disconnect();
  // Leave time to read it.
  setTimeout(() => updates.replaceChildren(), 6000);
});

const ENTRIES = "article, .portal-event[id]";

/* New entries are added at the end, so that the text being read doesn't move. The composer below
   stays in place while someone is writing. */
function insert(html) {
  const part = new DOMParser().parseFromString(html, "text/html");
  const place = composer?.contains(document.activeElement) ? composer : null;
  const before = place?.getBoundingClientRect().top;
  const entries = [...part.querySelectorAll(ENTRIES)].filter((entry) => !document.getElementById(entry.id));
  conversation.append(...entries);
  if (place) scrollBy({ top: place.getBoundingClientRect().top - before, behavior: "instant" });
  document.querySelector(".portal-ticket__meta .portal-status")?.replaceWith(part.querySelector(".portal-status"));
  const announced = part.querySelector("[data-portal-updates]");
  const children = [...announced.children];
  if (children.length) updates.replaceChildren(...children);
  if (entries.length && children.length) announcement.observe(entries[0]);
  const message = entries.findLast((entry) => entry.matches("article"))?.id.split("-")[1];
  // The team's page shows events as well, so the server says how far the page now goes.
  const newest = announced.dataset.portalUpdates || message;
  if (newest) conversation.dataset.portalNewest = newest;
  // From now on, a reply is written with these messages on the screen.
  const lastRead = composer?.querySelector("[name=last_read]");
  if (message && lastRead) lastRead.value = message;
  makeScrollersFocusable();
}

function openPicture(link) {
  let box = document.querySelector("dialog.portal-lightbox");
  if (!box) {
    box = document.querySelector("[data-portal-lightbox]").content.firstElementChild.cloneNode(true);
    link.closest(".portal").append(box);
    // A click outside the picture closes it.
    box.addEventListener("click", (event) => event.target === box && box.close());
  }
  const image = box.querySelector("img");
  image.alt = link.dataset.portalPicture;
  box.setAttribute("aria-label", image.alt);
  image.src = box.querySelector("a").href = link.href;
  box.showModal();
}

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link.href);
  } catch {
    // Not every browser lets a page copy. The link is in the address bar.
    return;
  }
  const [time] = link.children;
  const { textContent } = time;
  // Whoever doesn't see it hears it.
  link.setAttribute("aria-live", "polite");
  link.dataset.copied = "";
  time.textContent = conversation.dataset.portalCopied;
  setTimeout(() => {
    time.textContent = textContent;
    delete link.dataset.copied;
    link.removeAttribute("aria-live");
  }, 2500);
}

/* Shortcuts without a modifier key get in the way of speech input, so they can be switched off. */
function addShortcuts(box) {
  const use = box.querySelector("input");
  const key = "portal-shortcuts";
  box.hidden = false;
  use.checked = localStorage.getItem(key) !== "off";
  use.addEventListener("change", () => localStorage.setItem(key, use.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const [step, kind] = { j: [1, ""], k: [-1, ""], n: [1, ".portal-message--unread"] }[event.key] ?? [];
    const isTyping = event.target.closest("input, select, textarea, dialog, [contenteditable]");
    if (!step || !use.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...conversation.querySelectorAll(`article${kind}`)];
    const place = (message) => message.getBoundingClientRect().top;
    const here = document.activeElement.closest("article");
    const from = here ? place(here) : HEADER;
    const to = step > 0 ? all.find((row) => place(row) > from + 1) : all.findLast((row) => place(row) < from - 1);
    if (!to) return;
    to.tabIndex = -1;
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "start" });
  });
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a");
  if (link?.matches("[data-portal-picture]")) {
    event.preventDefault();
    openPicture(link);
  } else if (link?.matches("[data-portal-link]")) {
    event.preventDefault();
    history.replaceState(null, "", link.href.split("#")[0]);
    location.hash = link.hash;
    copy(link);
  } else if (link?.closest(".portal-updates")) {
    // After the browser has followed the link.
    setTimeout(() => updates.replaceChildren());
  }
});

// Signing in loses the fragment of the URL.
const linked = document.getElementById(`message-${new URLSearchParams(location.search).get("message")}`);
if (linked && !location.hash) location.replace(`#${linked.id}`);
else if (!location.hash) document.getElementById("unread")?.scrollIntoView();
makeScrollersFocusable();
addEventListener("resize", makeScrollersFocusable);
conversation?.addEventListener("portal-updates", (event) => insert(event.detail));
for (const box of document.querySelectorAll("[data-portal-shortcuts]")) addShortcuts(box);
