/** Reports that an agent is viewing a ticket or writing in it, and shows who else is. */

const INTERVAL = 20_000;
/* Someone who pauses this long to think is still writing. */
const PAUSE = 30_000;
const place = document.querySelector("[data-portal-presence]");
const composer = document.querySelector(".portal-composer");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;

let typed = -Infinity;
let reported = "";
let timer;

function body(state) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", token);
  data.append("state", state);
  return data;
}

async function report() {
  clearTimeout(timer);
  reported = Date.now() - typed < PAUSE ? "writing" : "viewing";
  try {
    const sent = { method: "POST", body: body(reported), redirect: "error" };
    const response = await fetch(place.dataset.portalPresence, sent);
    if (response.ok) {
      const part = new DOMParser().parseFromString(await response.text(), "text/html");
      // Screen readers would announce unchanged content again.
      if (part.body.textContent.trim() !== place.textContent.trim()) {
        place.replaceChildren(...part.body.children);
      }
    }
    if ([403, 404].includes(response.status)) return;
  } catch {
    // Probably offline: try again later.
  }
  if (!document.hidden) timer = setTimeout(report, INTERVAL);
}

if (place && token) {
  composer?.addEventListener("input", () => {
    typed = Date.now();
    // Report it at once, not only at the next interval.
    if (reported === "viewing") report();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && report());
  addEventListener("pagehide", () => navigator.sendBeacon(place.dataset.portalPresence, body("leaving")));
  addEventListener("pageshow", (event) => event.persisted && report());
  report();
}
