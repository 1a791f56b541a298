/* Tells the agent about new tickets and replies, and loads them when asked to. */

const INTERVAL = 20000;

class PortalInbox extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector('.portal-inbox__text');
    this.button = this.querySelector('button');
    if (!this.button) return;
    // A live region announces changes only if it's visible before them.
    this.button.hidden = true;
    this.hidden = false;
    this.button.addEventListener('click', () => this.load());
    this.timer = setInterval(() => this.check(), INTERVAL);
    this.onShow = () => this.check();
    document.addEventListener('visibilitychange', this.onShow);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.onShow);
  }

  get results() {
    return document.getElementById('listing-results');
  }

  async check() {
    if (document.hidden) return;
    const newest = this.results?.querySelector('[data-newest]')?.dataset.newest;
    if (!newest) return;
    const params = new URLSearchParams(window.location.search);
    params.set('after', newest);
    try {
      const response = await fetch(`${this.dataset.url}?${params}`, {
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
      });
      // The session has ended. It's checked again when the agent comes back to this page.
      if (response.status === 403) clearInterval(this.timer);
      if (!response.ok) return;
      const { text } = await response.json();
      if (this.text.textContent !== text) this.text.textContent = text;
      this.button.hidden = !text;
    } catch {
      // Probably offline: try again later.
    }
  }

  async load() {
    const response = await fetch(`${this.dataset.results}${window.location.search}`, {
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
    }).catch(() => null);
    if (!response) return;
    if (!response.ok) {
      // For example to sign in.
      window.location.reload();
      return;
    }
    const { results } = this;
    results.innerHTML = await response.text();
    this.button.hidden = true;
    this.text.textContent = '';
    // Wagtail's bulk actions look for the new checkboxes.
    document.dispatchEvent(new CustomEvent('w-swap:success', { detail: { results } }));
    const first = results.querySelector('td.title a');
    if (first) first.focus();
  }
}

if (!customElements.get('portal-inbox')) customElements.define('portal-inbox', PortalInbox);

/* j and k move through the rows, and "/" goes to the search. */
const isTyping = (target) => target.closest('input, textarea, select, [contenteditable]');

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === '/') {
    event.preventDefault();
    document.querySelector('input[name=q]')?.focus();
    return;
  }
  const step = { j: 1, k: -1 }[event.key];
  const links = [...document.querySelectorAll('#listing-results td.title a')];
  if (!step || !links.length) return;
  const at = links.indexOf(document.activeElement);
  const to = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[Math.min(Math.max(to, 0), links.length - 1)].focus();
});

/* On a narrow screen, the current tab may be out of view. */
const currentTab = document.querySelector('.portal-inbox__tab[aria-current]');
if (currentTab) {
  // Not with scrollIntoView, which would also scroll the page sideways.
  const tabs = currentTab.closest('.portal-inbox__tabs').getBoundingClientRect(), tab = currentTab.getBoundingClientRect();
  currentTab.closest('.portal-inbox__tabs').scrollLeft += (tab.left + tab.right - tabs.left - tabs.right) / 2;
}
