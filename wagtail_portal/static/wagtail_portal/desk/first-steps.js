/**
 * Above the portal settings: copies an address, which can also be selected, and opens the tab that a
 * step leads to.
 */
(() => {
  class CopyController extends window.StimulusModule.Controller {
    connect() {
      const button = this.element.querySelector("[data-copy]");
      if (!navigator.clipboard) return;
      button.hidden = false;
      const label = button.firstChild;
      const text = label.textContent;
      button.addEventListener("click", async () => {
        const copied = this.element.querySelector("[data-copied]").textContent;
        await navigator.clipboard.writeText(copied);
        label.textContent = button.dataset.done;
        setTimeout(() => {
          label.textContent = text;
        }, 2000);
      });
    }
  }

  window.wagtail.app.register("portal-copy", CopyController);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-portal-tab]");
    const tab = link && document.querySelector(`[role=tab][href="${new URL(link.href).hash}"]`);
    if (!tab) return;
    event.preventDefault();
    tab.click();
    tab.scrollIntoView();
  });
})();
