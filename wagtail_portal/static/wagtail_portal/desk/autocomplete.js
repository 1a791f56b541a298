/* A field that suggests people and organizations, and adds the chosen ones as checkboxes. */

const PAUSE = 200;

class PortalSuggest extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector('[role="combobox"]');
    this.list = this.querySelector('[role="listbox"]');
    this.chosen = this.querySelector('.portal-suggest__chosen');
    if (!this.input || this.ready) return;
    this.ready = true;
    // Without this script, it's how to search.
    this.button = this.querySelector('button[name="find"]');
    if (this.button) this.button.hidden = true;
    this.asked = 0;
    // Typing here mustn't submit the form of filters around it.
    for (const type of ['input', 'change', 'keydown', 'search']) {
      this.input.addEventListener(type, (event) => event.stopPropagation());
    }
    this.input.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), PAUSE);
    });
    this.input.addEventListener('keydown', (event) => this.onKey(event));
    this.input.addEventListener('blur', () => setTimeout(() => this.close(), 150));
    this.list.addEventListener('mousedown', (event) => event.preventDefault());
    this.list.addEventListener('click', (event) => {
      const option = event.target.closest('[role="option"][data-value]');
      if (option) this.choose(option);
    });
  }

  async find() {
    const typed = this.input.value.trim();
    const number = ++this.asked;
    if (!typed) return this.close();
    let results = [];
    try {
      const response = await fetch(`${this.dataset.url}?${new URLSearchParams({ q: typed })}`, {
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
      });
      if (!response.ok) return;
      ({ results } = await response.json());
    } catch {
      return;
    }
    if (number === this.asked) this.show(results);
  }

  show(results) {
    const options = results.map(({ value, label }, place) => {
      const option = document.createElement('li');
      option.id = `${this.list.id}-${place}`;
      option.setAttribute('role', 'option');
      option.dataset.value = value;
      option.dir = 'auto';
      option.textContent = label;
      return option;
    });
    if (!options.length) {
      const nothing = document.createElement('li');
      nothing.setAttribute('role', 'option');
      nothing.setAttribute('aria-disabled', 'true');
      nothing.textContent = this.dataset.nothing;
      options.push(nothing);
    }
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.mark(results.length ? 0 : -1);
  }

  mark(place) {
    const options = [...this.list.querySelectorAll('[data-value]')];
    this.place = options.length ? (place + options.length) % options.length : -1;
    options.forEach((option, number) => {
      option.setAttribute('aria-selected', String(number === this.place));
    });
    const active = options[this.place];
    if (active) {
      this.input.setAttribute('aria-activedescendant', active.id);
      active.scrollIntoView({ block: 'nearest' });
    } else {
      this.input.removeAttribute('aria-activedescendant');
    }
  }

  onKey(event) {
    const isOpen = !this.list.hidden;
    if (event.key === 'ArrowDown' && isOpen) this.mark(this.place + 1);
    else if (event.key === 'ArrowUp' && isOpen) this.mark(this.place - 1);
    else if (event.key === 'Escape' && isOpen) this.close();
    else if (event.key === 'Enter') {
      const option = this.list.querySelector('[aria-selected="true"]');
      if (isOpen && option) this.choose(option);
    } else return;
    event.preventDefault();
  }

  choose({ dataset, textContent }) {
    const { name } = this.dataset;
    const boxes = [...this.chosen.querySelectorAll('input')];
    if ('single' in this.dataset) {
      for (const box of boxes) {
        if (box.value !== dataset.value) box.checked = false;
      }
    }
    let box = boxes.find(({ value }) => value === dataset.value);
    if (!box) {
      const label = document.createElement('label');
      const text = document.createElement('bdi');
      box = Object.assign(document.createElement('input'), {
        type: 'checkbox', name, value: dataset.value,
      });
      text.textContent = textContent;
      label.append(box, ' ', text);
      this.chosen.append(label);
    }
    box.checked = true;
    this.input.value = '';
    this.close();
    box.dispatchEvent(new Event('change', { bubbles: true }));
    // The rest of the form depends on what's chosen.
    this.button?.form.requestSubmit(this.button);
  }

  close() {
    this.asked += 1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }
}

if (!customElements.get('portal-suggest')) customElements.define('portal-suggest', PortalSuggest);
