/**
 * In the page editor: selects an earlier question of the same form by its label. The text input
 * stores the block's ID, which stays the same when the label changes.
 */
(() => {
  const NOT_QUESTIONS = new Set(["heading", "rich_text", "image", "page_link", "step"]);

  /** Returns the question’s label, or what its heading shows. */
  function labelOf(block) {
    const typed = block.querySelector('input[name$="-value-label"]')?.value.trim();
    if (typed) return typed;
    const chosen = block.querySelector("[data-chooser-title]")?.textContent.trim();
    if (chosen) return chosen;
    // The type of the block, such as “Subject”.
    return block.querySelector(".c-sf-block__type")?.textContent.trim() || "?";
  }

  function part(block, name) {
    return block.querySelector(`:scope > input[type=hidden][name$="-${name}"]`)?.value ?? "";
  }

  class QuestionPickerController extends window.StimulusModule.Controller {
    connect() {
      const select = document.createElement("select");
      select.id = `${this.element.id}-picker`;
      const describedBy = this.element.getAttribute("aria-describedby");
      if (describedBy) select.setAttribute("aria-describedby", describedBy);
      const label = document.querySelector(`label[for="${this.element.id}"]`);
      select.setAttribute("aria-label", label?.textContent.trim() || "");
      select.addEventListener("change", () => {
        this.element.value = select.value;
        this.element.dispatchEvent(new Event("change", { bubbles: true }));
      });
      // Questions change while the editor works, so the list is filled whenever it opens.
      for (const event of ["focus", "pointerdown"]) {
        select.addEventListener(event, () => this.fill());
      }
      this.element.hidden = true;
      this.element.after(select);
      this.select = select;
      // Blocks are added one after the other.
      setTimeout(() => {
        this.fill();
        if (this.element.value) this.unfold();
      });
    }

    /** Expands the panel, so that a condition is always visible. */
    unfold() {
      const panel = this.element.closest("[data-panel]");
      const toggle = panel?.querySelector("[data-panel-toggle]");
      if (toggle?.getAttribute("aria-expanded") === "false") toggle.click();
    }

    disconnect() {
      this.select?.remove();
    }

    fill() {
      const own = this.element.closest("[data-streamfield-child]");
      const options = [["", "—"]];
      for (const block of own?.parentElement.children ?? []) {
        if (block === own) break;
        if (!block.matches("[data-streamfield-child]") || part(block, "deleted")) continue;
        if (NOT_QUESTIONS.has(part(block, "type"))) continue;
        options.push([part(block, "id"), labelOf(block)]);
      }
      const { value } = this.element;
      if (!options.some(([id]) => id === value)) options.push([value, "?"]);
      this.select.replaceChildren(
        ...options.map(([id, text]) => new Option(text, id, false, id === value)),
      );
    }
  }

  window.wagtail.app.register("portal-question-picker", QuestionPickerController);
})();
