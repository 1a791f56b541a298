/**
 * Says that a ticket was read: once its page is visible, up to the newest message on it, and again
 * when another one appears. Nothing is said about a page that was only loaded.
 */

/** The number of the newest message on the page. */
function newest(form, thread) {
  const messages = thread?.querySelectorAll("[id^=message-]") ?? [];
  const shown = [...messages].map((message) => Number(message.id.slice("message-".length)));
  return Math.max(Number(form.elements.message.value), ...shown.filter(Number.isInteger));
}

function watch(form, thread) {
  let said = "new" in form.dataset ? 0 : newest(form, thread);

  async function say() {
    const message = newest(form, thread);
    if (document.visibilityState !== "visible" || message <= said) return;
    const before = said;
    said = message;
    const body = new FormData(form);
    body.set("message", message);
    const headers = { Accept: "application/json" };
    try {
      const response = await fetch(form.action, { method: "POST", body, headers, keepalive: true });
      if (!response.ok) said = before;
    } catch {
      // Offline: the next change of the page tries again.
      said = before;
    }
  }

  say();
  document.addEventListener("visibilitychange", say);
  if (thread) new MutationObserver(say).observe(thread, { childList: true, subtree: true });
}

const form = document.querySelector("form[data-portal-reading]");
if (form) watch(form, document.querySelector(".portal-thread"));
