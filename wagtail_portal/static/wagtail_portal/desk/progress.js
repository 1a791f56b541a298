/* Shows the progress of a bulk change until it's finished. */

class PortalProgress extends HTMLElement {
  connectedCallback() {
    if (!('finished' in this.dataset)) this.timer = setTimeout(() => this.check(), 1500);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  async check() {
    try {
      const response = await fetch(this.dataset.url, { headers: { Accept: 'application/json' } });
      const { status, redirected } = response;
      if (status < 500) {
        // Also after the session has ended, or the run was deleted.
        const isOver = status > 299 || redirected;
        const { position, finished } = isOver ? { finished: true } : await response.json();
        if (finished) {
          window.location.reload();
          return;
        }
        this.querySelector('progress').value = position;
        this.querySelector('.portal-progress__position').textContent = position;
      }
    } catch {
      // Probably offline: try again later.
    }
    this.timer = setTimeout(() => this.check(), 1500);
  }
}

customElements.define('portal-progress', PortalProgress);
