/* Follows a change of many tickets until it is finished. */

class WPProgress extends HTMLElement {
  connectedCallback() {
    if (!('finished' in this.dataset)) this.timer = setTimeout(() => this.ask(), 1500);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  async ask() {
    try {
      const response = await fetch(this.dataset.url, { headers: { Accept: 'application/json' } });
      if (response.ok) {
        const { position, finished } = await response.json();
        if (finished) {
          window.location.reload();
          return;
        }
        this.querySelector('progress').value = position;
        this.querySelector('.portal-progress__position').textContent = position;
      }
    } catch {
      // The next time may go better.
    }
    this.timer = setTimeout(() => this.ask(), 1500);
  }
}

customElements.define('portal-progress', WPProgress);
