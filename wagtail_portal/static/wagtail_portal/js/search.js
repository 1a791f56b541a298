/**
 * The list follows the search while one types: the same address is fetched, and the parts of the
 * page that depend on it are taken from the answer. Without this, the Enter key does the same.
 */

const WAIT = 300;

const field = document.querySelector("[data-portal-search]");
if (field) start(field);

function start(field) {
  const form = field.form;
  const status = document.querySelector("[data-portal-search-status]");
  let shown = field.value.trim();
  let timer;
  let running;

  /** The address of the list that the form asks for; what is empty need not stand in it. */
  function address() {
    const filled = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = new URLSearchParams(filled).toString();
    return location.pathname + (query ? `?${query}` : "");
  }

  async function search() {
    if (field.value.trim() === shown) return;
    shown = field.value.trim();
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    const url = address();
    const results = document.querySelector("[data-portal-swap=results]");
    results?.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, { signal, headers: { "X-Requested-With": "XMLHttpRequest" } });
      // Signed out, or something is wrong: the browser shows what it is.
      if (!response.ok || response.redirected) return location.assign(url);
      const text = await response.text();
      if (!signal.aborted) show(new DOMParser().parseFromString(text, "text/html"), url);
    } catch (error) {
      if (error.name === "AbortError") return;
      // Without a connection the list stays as it is, and the next letter tries again.
      results?.removeAttribute("aria-busy");
      shown = null;
    }
  }

  function show(page, url) {
    const found = page.querySelector("[data-portal-found]")?.textContent ?? "";
    for (const part of document.querySelectorAll("[data-portal-swap]")) {
      const next = page.querySelector(`[data-portal-swap="${part.dataset.portalSwap}"]`);
      if (next) part.replaceWith(next);
    }
    history.replaceState(history.state, "", url);
    status.textContent = found;
  }

  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    // Half a Japanese word is none.
    if (!event.isComposing) timer = setTimeout(search, WAIT);
  });
  field.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    running?.abort();
  });
}
