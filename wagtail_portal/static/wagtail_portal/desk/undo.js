/** Offers to take a reply back as long as its email hasn't been sent. */

for (const part of document.querySelectorAll("[data-portal-sent]")) {
  const { portalSeconds } = part.dataset;
  const form = part.querySelector("[data-portal-undo-send]");
  if (form && portalSeconds) setTimeout(() => form.remove(), portalSeconds * 1000);
}

/* Loading the page again doesn't mean that a message was sent, or taken back, once more. */
const url = new URL(location.href);
for (const name of ["sent", "draft"]) url.searchParams.delete(name);
if (url.href !== location.href) history.replaceState(history.state, "", url);
