/**
 * In the portal settings: reorders the table of fields by button, keyboard and dragging, and previews
 * what customers see. Without the script, positions are typed as numbers.
 */
(() => {
  const element = (tag, text = "", className = "") => {
    const created = document.createElement(tag);
    created.textContent = text;
    created.className = className;
    return created;
  };

  class DesignatedFieldsController extends window.StimulusModule.Controller {
    connect() {
      this.body = this.element.querySelector("tbody");
      const buttons = this.element.querySelector("[data-buttons]");
      for (const row of this.rows) {
        const order = row.querySelector("[data-order]");
        order.hidden = true;
        order.after(buttons.content.cloneNode(true));
        for (const [name, step] of [["up", -1], ["down", 1]]) {
          const button = row.querySelector(`[data-${name}]`);
          button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${row.dataset.label}`);
          button.addEventListener("click", () => this.move(row, step, button));
        }
        this.allowDragging(row);
      }
      this.element.addEventListener("change", () => this.preview());
      this.element.querySelector("[data-preview]").hidden = false;
      this.number();
      this.preview();
    }

    get rows() {
      return [...this.body.querySelectorAll("[data-row]")];
    }

    move(row, step, button) {
      const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (!other) return;
      if (step < 0) other.before(row);
      else other.after(row);
      button.focus();
      this.moved(row);
    }

    moved(row) {
      this.number();
      this.preview();
      row.querySelector("[data-order]").dispatchEvent(new Event("change", { bubbles: true }));
      const text = this.element.querySelector("[data-moved]").content.textContent;
      this.element.querySelector("[data-status]").textContent = text
        .replace("FIELD", row.dataset.label)
        .replace("NUMBER", this.rows.indexOf(row) + 1);
    }

    allowDragging(row) {
      const grip = row.querySelector("[data-grip]");
      grip.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        grip.setPointerCapture(event.pointerId);
        row.classList.add("portal-fields__dragged");
        const follow = ({ clientY }) => {
          const over = this.rows.find((other) => {
            const { top, bottom } = other.getBoundingClientRect();
            return other !== row && clientY > top && clientY < bottom;
          });
          if (!over) return;
          const { top, height } = over.getBoundingClientRect();
          if (clientY < top + height / 2) over.before(row);
          else over.after(row);
        };
        grip.addEventListener("pointermove", follow);
        const drop = () => {
          grip.removeEventListener("pointermove", follow);
          row.classList.remove("portal-fields__dragged");
          this.moved(row);
        };
        grip.addEventListener("lostpointercapture", drop, { once: true });
      });
    }

    number() {
      this.rows.forEach((row, index) => {
        row.querySelector("[data-order]").value = index + 1;
      });
    }

    ticked(use) {
      return this.rows.filter((row) => row.querySelector(`[data-use=${use}] input:checked`));
    }

    preview() {
      const preview = this.element.querySelector("[data-preview]");
      const always = preview.querySelector("[data-preview-filters]");
      const filters = [
        ...always.dataset.always.split("|"),
        ...this.ticked("as_filter").map((row) => row.dataset.label),
      ];
      always.replaceChildren(...[...new Set(filters)].map((label) => element("li", label)));

      const listed = this.ticked("in_list").filter(({ dataset }) => dataset.key !== "requester");
      const columns = listed.map(({ dataset }) => ({ ...dataset }));
      if (!columns.some(({ key }) => key === "status")) {
        // The status is always shown.
        columns.push({ key: "status", label: preview.dataset.statusLabel, samples: "" });
      }
      const heads = [preview.dataset.subject, ...columns.map(({ label }) => label)];
      preview.querySelector("thead tr").replaceChildren(...heads.map((text) => element("th", text)));
      const rows = [0, 1].map((number) => {
        const row = element("tr");
        const texts = ["", ...columns.map(({ samples }) => samples.split("|")[number] ?? "")];
        row.append(
          ...texts.map((text, index) => {
            const cell = element("td");
            const kind = index ? "" : " portal-fields__subject";
            cell.append(text ? element("span", text) : element("span", "", `portal-fields__bar${kind}`));
            return cell;
          }),
        );
        return row;
      });
      preview.querySelector("tbody").replaceChildren(...rows);

      const details = preview.querySelector("[data-preview-ticket]");
      details.replaceChildren(
        ...this.ticked("on_ticket").flatMap((row) => {
          const value = element("dd");
          const [sample] = row.dataset.samples.split("|");
          value.append(sample ? element("span", sample) : element("span", "", "portal-fields__bar"));
          if (row.querySelector("[data-use=editable] input:checked")) {
            value.append(" ", element("span", details.dataset.change, "portal-fields__change"));
          }
          return [element("dt", row.dataset.label), value];
        }),
      );
    }
  }

  window.wagtail.app.register("portal-designated-fields", DesignatedFieldsController);
})();
