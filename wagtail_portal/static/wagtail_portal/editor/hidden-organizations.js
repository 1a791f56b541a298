/**
 * In the page editor: says for how many organizations a block is, to whoever may not see which. The
 * input keeps them sealed, also when the block is moved or duplicated.
 */
(() => {
  class SealedOrganizationsController extends window.StimulusModule.Controller {
    connect() {
      this.element.hidden = true;
      // The value of a block is put in after its field.
      setTimeout(() => this.tell());
    }

    tell() {
      this.words?.remove();
      this.words = document.createElement("p");
      this.words.id = `${this.element.id}-words`;
      this.words.textContent = JSON.parse(this.element.value || "{}").words ?? "";
      this.element.after(this.words);
    }

    disconnect() {
      this.words?.remove();
    }
  }

  window.wagtail.app.register("portal-sealed-organizations", SealedOrganizationsController);
})();
