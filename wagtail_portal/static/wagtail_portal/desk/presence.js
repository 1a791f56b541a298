/** Says that one looks at a ticket, or writes in it, and shows who else does. */

const EVERY = 20_000;
/* A pause to think is still writing. */
const PAUSE = 30_000;
const place = document.querySelector("[data-portal-presence]");
const composer = document.querySelector(".portal-composer");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;

let typed = -Infinity;
let told = "";
let timer;

function body(state) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", token);
  data.append("state", state);
  return data;
}

async function report() {
  clearTimeout(timer);
  told = Date.now() - typed < PAUSE ? "writing" : "looking";
  try {
    const sent = { method: "POST", body: body(told), redirect: "error" };
    const answer = await fetch(place.dataset.portalPresence, sent);
    if (answer.ok) {
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      // What has not changed is not read out again.
      if (part.body.textContent.trim() !== place.textContent.trim()) {
        place.replaceChildren(...part.body.children);
      }
    }
    if ([403, 404].includes(answer.status)) return;
  } catch {
    // No network, perhaps: it may come back.
  }
  if (!document.hidden) timer = setTimeout(report, EVERY);
}

if (place && token) {
  composer?.addEventListener("input", () => {
    typed = Date.now();
    // The others should know at once, not only in a while.
    if (told === "looking") report();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && report());
  addEventListener("pagehide", () => navigator.sendBeacon(place.dataset.portalPresence, body("leaving")));
  addEventListener("pageshow", (event) => event.persisted && report());
  report();
}
