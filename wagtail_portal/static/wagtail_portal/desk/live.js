/**
 * Asks every few seconds for what's new in a ticket while its screen is visible, and tells others
 * that the agent is viewing the ticket or writing in it. Most answers are empty.
 */

/* Others see a change within three seconds. */
const INTERVAL = 2_500;
/* After so long without any input, asking less often is enough. */
const IDLE_AFTER = 300_000;
const IDLE_INTERVAL = 15_000;
/* Someone who pauses this long to think is still writing. */
const PAUSE = 30_000;

const places = [...document.querySelectorAll("[data-portal-present]")];
const reportUrl = document.querySelector("[data-portal-presence]")?.dataset.portalPresence;
const conversation = document.querySelector("[data-portal-live]");
const composer = document.querySelector(".portal-composer");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;

let typed = -Infinity;
let active = Date.now();
let reported = "";
let timer;

const state = () => (Date.now() - typed < PAUSE ? "writing" : "viewing");

function body(value) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", token);
  data.append("state", value);
  return data;
}

function showPresent(part) {
  for (const place of places) {
    // Screen readers would announce unchanged content again.
    if (part.textContent.trim() === place.textContent.trim()) continue;
    place.replaceChildren(...[...part.children].map((child) => child.cloneNode(true)));
  }
}

/* Reports that the agent is here, which also marks the messages as read. */
async function report() {
  reported = state();
  const response = await fetch(reportUrl, { method: "POST", body: body(reported), redirect: "error" }).catch(() => null);
  if (response?.ok) showPresent(new DOMParser().parseFromString(await response.text(), "text/html").body);
}

function schedule() {
  clearTimeout(timer);
  const wait = Date.now() - active > IDLE_AFTER ? IDLE_INTERVAL : INTERVAL;
  if (!document.hidden) timer = setTimeout(poll, wait);
}

async function poll() {
  clearTimeout(timer);
  const { dataset } = conversation;
  reported = state();
  let status = 0;
  try {
    const params = new URLSearchParams({ after: dataset.portalNewest, state: reported });
    const headers = { "If-None-Match": dataset.portalVersion };
    const response = await fetch(`${dataset.portalLive}?${params}`, { headers, cache: "no-store", redirect: "error" });
    ({ status } = response);
    if (status === 200) {
      const detail = await response.text();
      if (!detail.includes("portal-updates")) throw 0;
      dataset.portalVersion = response.headers.get("ETag");
      const page = new DOMParser().parseFromString(detail, "text/html");
      showPresent(page.querySelector("[data-portal-present]"));
      if (page.querySelector("article, .portal-event[id]")) {
        conversation.dispatchEvent(new CustomEvent("portal-updates", { detail }));
        report();
      }
    }
  } catch {
    // Offline, or a proxy's page: try again later.
  }
  if (status !== 403 && status !== 404) schedule();
}

if (reportUrl && token) {
  const next = conversation ? poll : report;
  composer?.addEventListener("input", () => {
    typed = Date.now();
    // Report it at once, not only with the next request.
    if (reported === "viewing") next();
  });
  for (const type of ["pointermove", "keydown"]) {
    addEventListener(type, () => {
      const wasIdle = Date.now() - active > IDLE_AFTER;
      active = Date.now();
      if (wasIdle) next();
    });
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : next()));
  addEventListener("pagehide", () => navigator.sendBeacon(reportUrl, body("leaving")));
  addEventListener("pageshow", (event) => event.persisted && next());
  report();
  if (conversation) schedule();
}
