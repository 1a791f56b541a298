/**
 * Asks for updates of a part of the page at growing intervals while it's visible, until access is
 * lost. The part gets them as an event.
 */

const FIRST = 20_000;
const LAST = 240_000;

function watch(part) {
  const { dataset } = part;
  let wait = FIRST;
  let timer;
  let polled = Date.now();

  async function poll() {
    clearTimeout(timer);
    polled = Date.now();
    let status = 0;
    try {
      const response = await fetch(`${dataset.portalLive}?after=${encodeURIComponent(dataset.portalNewest)}`, {
        headers: { "If-None-Match": dataset.portalVersion },
        cache: "no-store",
        redirect: "error",
      });
      ({ status } = response);
      if (status === 200) {
        const detail = await response.text();
        if (!detail.includes("portal-updates")) throw 0;
        part.dispatchEvent(new CustomEvent("portal-updates", { detail }));
        dataset.portalVersion = response.headers.get("ETag");
        wait = FIRST;
      }
    } catch {
      // Offline, or a proxy's page.
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

for (const part of document.querySelectorAll("[data-portal-live]")) watch(part);
