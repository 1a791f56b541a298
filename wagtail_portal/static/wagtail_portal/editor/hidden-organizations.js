/**
 * In the page editor: shows the number of a block's organizations to editors who may not see which.
 * The input holds a signed copy, so blocks can be moved and duplicated.
 */
(() => {
  class HiddenOrganizationsController extends window.StimulusModule.Controller {
    connect() {
      this.element.hidden = true;
      // The value of a block is set after its field is added.
      setTimeout(() => this.show());
    }

    show() {
      this.text?.remove();
      this.text = document.createElement("p");
      this.text.id = `${this.element.id}-text`;
      this.text.textContent = JSON.parse(this.element.value || "{}").text ?? "";
      this.element.after(this.text);
    }

    disconnect() {
      this.text?.remove();
    }
  }

  window.wagtail.app.register("portal-hidden-organizations", HiddenOrganizationsController);
})();
