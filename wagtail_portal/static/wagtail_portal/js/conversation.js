/**
 * Reading a ticket: what is new appears by itself, pictures open over the page, and the address of
 * a message is taken without loading the page anew.
 */

const FIRST = 20_000;
const LAST = 240_000;
const thread = document.querySelector(".portal-thread");
const news = document.querySelector(".portal-news");
const composer = document.querySelector(".portal-composer");

const isPlainClick = (event) =>
  !event.defaultPrevented && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);

/* What is wider than its place can be scrolled by keyboard, too. */
function reachScrollers() {
  for (const box of document.querySelectorAll(".portal-prose :is(pre, table), .portal-ticket__facts")) {
    const isLarger = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (isLarger && getComputedStyle(box).overflow !== "visible") box.tabIndex = 0;
  }
}

const forget = new IntersectionObserver((seen) => {
  if (!seen.some((entry) => entry.isIntersecting)) return;
  forget.disconnect();
  // Time to read that it is there.
  setTimeout(() => news.replaceChildren(), 6000);
});

const ENTRIES = "article, .portal-event[id]";

/* Letters come at the end, where they move nothing that one reads; who writes below them stays
   where they are as well. */
function insert(html) {
  const part = new DOMParser().parseFromString(html, "text/html");
  const place = composer?.contains(document.activeElement) ? composer : null;
  const before = place?.getBoundingClientRect().top;
  const letters = [...part.querySelectorAll(ENTRIES)].filter((row) => !document.getElementById(row.id));
  thread.append(...letters);
  if (place) scrollBy({ top: place.getBoundingClientRect().top - before, behavior: "instant" });
  document.querySelector(".portal-ticket__meta .portal-status")?.replaceWith(part.querySelector(".portal-status"));
  const told = part.querySelector("[data-portal-news]");
  const words = [...told.children];
  if (words.length) news.replaceChildren(...words);
  if (letters.length && words.length) forget.observe(letters[0]);
  const letter = letters.findLast((row) => row.matches("article"))?.id.split("-")[1];
  // The team's page knows more than letters, so that the server says up to where it knows.
  const newest = told.dataset.portalNews || letter;
  if (newest) thread.dataset.portalNewest = newest;
  // From here on one was told.
  const lastRead = composer?.querySelector("[name=last_read]");
  if (letter && lastRead) lastRead.value = letter;
  reachScrollers();
}

/* Only while somebody looks, less and less often, and no more once there is no way back in. */
function watch() {
  const { dataset } = thread;
  let wait = FIRST;
  let timer;
  let asked = Date.now();

  async function ask() {
    clearTimeout(timer);
    asked = Date.now();
    let status = 0;
    try {
      const answer = await fetch(`${dataset.portalLive}?after=${dataset.portalNewest}`, {
        headers: { "If-None-Match": dataset.portalVersion },
        cache: "no-store",
        redirect: "error",
      });
      ({ status } = answer);
      if (status === 200) {
        insert(await answer.text());
        dataset.portalVersion = answer.headers.get("ETag");
        wait = FIRST;
      }
    } catch {
      // No network, perhaps: it may come back.
    }
    if (status === 403 || status === 404) return document.removeEventListener("visibilitychange", look);
    if (status !== 200) wait = Math.min(wait * 1.5, LAST);
    return plan();
  }

  function plan() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, wait);
  }

  function look() {
    if (!document.hidden && Date.now() - asked > FIRST) {
      wait = FIRST;
      ask();
    } else plan();
  }

  document.addEventListener("visibilitychange", look);
  plan();
}

function openPicture(link) {
  let box = document.querySelector("dialog.portal-lightbox");
  if (!box) {
    box = document.querySelector("[data-portal-lightbox]").content.firstElementChild.cloneNode(true);
    document.body.append(box);
    // A click beside the picture closes it.
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
  } else if (link?.closest(".portal-news")) {
    // Once the browser has followed it.
    setTimeout(() => news.replaceChildren());
  }
});

// After a sign-in, the address has lost its end.
const asked = document.getElementById(`message-${new URLSearchParams(location.search).get("message")}`);
if (asked && !location.hash) location.replace(`#${asked.id}`);
reachScrollers();
if (thread?.dataset.portalLive) watch();
