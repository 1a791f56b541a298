/**
 * A ticket's conversation: adds new messages, opens images in a lightbox, and lets the link to a
 * message change the URL without reloading the page.
 */

const FIRST = 20_000;
const LAST = 240_000;
const conversation = document.querySelector(".portal-conversation");
const updates = document.querySelector(".portal-updates");
const composer = document.querySelector(".portal-composer");

const isPlainClick = (event) =>
  !event.defaultPrevented && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);

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

/* Polls for updates while the page is visible, at growing intervals, until access is lost. */
function watch() {
  const { dataset } = conversation;
  let wait = FIRST;
  let timer;
  let polled = Date.now();

  async function poll() {
    clearTimeout(timer);
    polled = Date.now();
    let status = 0;
    try {
      const response = await fetch(`${dataset.portalLive}?after=${dataset.portalNewest}`, {
        headers: { "If-None-Match": dataset.portalVersion },
        cache: "no-store",
        redirect: "error",
      });
      ({ status } = response);
      if (status === 200) {
        insert(await response.text());
        dataset.portalVersion = response.headers.get("ETag");
        wait = FIRST;
      }
    } catch {
      // Probably offline: try again later.
    }
    if (status === 403 || status === 404) return document.removeEventListener("visibilitychange", onVisibilityChange);
    if (status !== 200) wait = Math.min(wait * 1.5, LAST);
    return schedule();
  }

  function schedule() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(poll, wait);
  }

  function onVisibilityChange() {
    if (!document.hidden && Date.now() - polled > FIRST) {
      wait = FIRST;
      poll();
    } else schedule();
  }

  document.addEventListener("visibilitychange", onVisibilityChange);
  schedule();
}

function openPicture(link) {
  let box = document.querySelector("dialog.portal-lightbox");
  if (!box) {
    box = document.querySelector("[data-portal-lightbox]").content.firstElementChild.cloneNode(true);
    document.body.append(box);
    // A click outside the picture closes it.
    box.addEventListener("click", (event) => event.target === box && box.close());
  }
  const image = box.querySelector("img");
  image.src = link.href;
  image.alt = link.dataset.portalPicture;
  box.setAttribute("aria-label", link.dataset.portalPicture);
  box.querySelector("a").href = link.href;
  box.showModal();
}

document.addEventListener("click", (event) => {
  if (!isPlainClick(event)) return;
  const link = event.target.closest("a");
  if (link?.matches("[data-portal-picture]")) {
    event.preventDefault();
    openPicture(link);
  } else if (link?.matches("[data-portal-link]")) {
    event.preventDefault();
    history.replaceState(null, "", link.href.split("#")[0]);
    location.hash = link.hash;
  } else if (link?.closest(".portal-updates")) {
    // After the browser has followed the link.
    setTimeout(() => updates.replaceChildren());
  }
});

// Signing in loses the fragment of the URL.
const linked = document.getElementById(`message-${new URLSearchParams(location.search).get("message")}`);
if (linked && !location.hash) location.replace(`#${linked.id}`);
makeScrollersFocusable();
if (conversation?.dataset.portalLive) watch();
