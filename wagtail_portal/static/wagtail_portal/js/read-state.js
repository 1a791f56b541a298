/**
 * Marks a ticket as read up to the newest message on its page, once the page is visible and
 * whenever a message is added. A page loaded in the background stays unread.
 */

/** Returns the primary key of the newest message on the page. */
function newest(form, conversation) {
  const messages = conversation?.querySelectorAll("[id^=message-]") ?? [];
  const shown = [...messages].map((message) => Number(message.id.slice("message-".length)));
  return Math.max(Number(form.elements.message.value), ...shown.filter(Number.isInteger));
}

function watch(form, conversation) {
  let sent = "new" in form.dataset ? 0 : newest(form, conversation);

  async function markRead() {
    const message = newest(form, conversation);
    if (document.visibilityState !== "visible" || message <= sent) return;
    const before = sent;
    sent = message;
    const body = new FormData(form);
    body.set("message", message);
    const headers = { Accept: "application/json" };
    try {
      const response = await fetch(form.action, { method: "POST", body, headers, keepalive: true });
      if (!response.ok) sent = before;
    } catch {
      // Offline: the next change of the page retries.
      sent = before;
    }
  }

  markRead();
  document.addEventListener("visibilitychange", markRead);
  if (conversation) new MutationObserver(markRead).observe(conversation, { childList: true, subtree: true });
}

const form = document.querySelector("form[data-portal-read-state]");
if (form) watch(form, document.querySelector(".portal-conversation"));
