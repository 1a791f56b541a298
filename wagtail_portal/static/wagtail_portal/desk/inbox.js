/* Says that tickets or replies have come in, and shows them when one asks for it. */

const EVERY = 20000;

class WPInbox extends HTMLElement {
  connectedCallback() {
    this.words = this.querySelector('.portal-inbox__words');
    this.button = this.querySelector('button');
    if (!this.button) return;
    // A live region speaks of what changes in it, so it must be there before.
    this.button.hidden = true;
    this.hidden = false;
    this.button.addEventListener('click', () => this.swap());
    this.timer = setInterval(() => this.ask(), EVERY);
    this.onShow = () => this.ask();
    document.addEventListener('visibilitychange', this.onShow);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.onShow);
  }

  get results() {
    return document.getElementById('listing-results');
  }

  async ask() {
    if (document.hidden) return;
    const loaded = this.results?.querySelector('[data-loaded-at]')?.dataset.loadedAt;
    if (!loaded) return;
    const params = new URLSearchParams(window.location.search);
    params.set('since', loaded);
    try {
      const response = await fetch(`${this.dataset.url}?${params}`, {
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
      });
      if (!response.ok) return;
      const { words } = await response.json();
      if (this.words.textContent !== words) this.words.textContent = words;
      this.button.hidden = !words;
    } catch {
      // The next time may go better.
    }
  }

  async swap() {
    const response = await fetch(`${this.dataset.results}${window.location.search}`, {
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
    });
    if (!response.ok) return;
    const { results } = this;
    results.innerHTML = await response.text();
    this.button.hidden = true;
    this.words.textContent = '';
    // The checkboxes of the new rows belong to Wagtail's bulk actions.
    document.dispatchEvent(new CustomEvent('w-swap:success', { detail: { results } }));
    const first = results.querySelector('td.title a');
    if (first) first.focus();
  }
}

if (!customElements.get('portal-inbox')) customElements.define('portal-inbox', WPInbox);
