/**
 * In the page editor: tells editors who may not see the organizations of a block how many they are.
 * The input holds a signed copy of them, also when the block is moved or duplicated.
 */
(() => {
  class HiddenOrganizationsController extends window.StimulusModule.Controller {
    connect() {
      this.element.hidden = true;
      // The value of a block is put in after its field.
      setTimeout(() => this.show());
    }

    show() {
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

  window.wagtail.app.register("portal-hidden-organizations", HiddenOrganizationsController);
})();
