/** Updates the list during typing by fetching its URL and replacing the parts that depend on it. */

const DELAY = 300;

const field = document.querySelector("[data-portal-search]");
if (field) start(field);

function start(field) {
  const form = field.form;
  const status = document.querySelector("[data-portal-search-status]");
  let shown = field.value.trim();
  let timer;
  let running;

  /** Returns the URL of the list, without empty parameters. */
  function listUrl() {
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
    const url = listUrl();
    const results = document.querySelector("[data-portal-swap=results]");
    results?.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, { signal, headers: { "X-Requested-With": "XMLHttpRequest" } });
      // After signing out or an error, let the browser show the page.
      if (!response.ok || response.redirected) return location.assign(url);
      const text = await response.text();
      if (!signal.aborted) show(new DOMParser().parseFromString(text, "text/html"), url);
    } catch (error) {
      if (error.name === "AbortError") return;
      // Offline: the next input retries.
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

  function searchSoon(event) {
    clearTimeout(timer);
    // Input methods, for example for Japanese, send unfinished words.
    if (!event.isComposing) timer = setTimeout(search, DELAY);
  }

  field.addEventListener("input", searchSoon);
  field.addEventListener("compositionend", searchSoon);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    running?.abort();
  });
}
