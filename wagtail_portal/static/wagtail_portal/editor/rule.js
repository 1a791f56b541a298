/**
 * In the page editor: chooses when a question is shown. The hidden input holds the rule as JSON,
 * with the IDs of other questions and the keys of their answers, so that neither new wording nor a
 * translation changes what it means. Questions and answers are read from the other blocks of the
 * form, or from the server for ticket fields.
 */
(() => {
  const CONTENT = new Set(["heading", "rich_text", "image", "page_link", "step"]);
  const BLOCK = "[data-streamfield-child]";
  const PLACEHOLDER = /%\((\w+)\)s/g;
  const fields = new Map();
  /** Fields of organizations and members, whose values are known before the form is filled in. */
  const customers = new Map();
  let loadsCustomers = false;
  let count = 0;

  const fill = (text, values) => text.replace(PLACEHOLDER, (_match, name) => values[name]);

  function create(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const part = (block, name) => block.querySelector(`:scope > input[type=hidden][name$="-${name}"]`);
  const isDeleted = (block) => Boolean(part(block, "deleted")?.value);

  /** Returns a block's ID, which new blocks of a new page don't have yet. */
  function idOf(block) {
    if (customers.has(block.id)) return block.id;
    const input = part(block, "id");
    if (!input.value) {
      const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
      bytes[6] = (bytes[6] & 15) | 64;
      bytes[8] = (bytes[8] & 63) | 128;
      const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
      input.value = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    }
    return input.value;
  }

  const typed = (block, path) =>
    block.querySelector(`:scope input[name="${part(block, "type").name.replace(/-type$/, "")}-value${path}"]`)
      ?.value.trim();

  /** Returns what a question is called, or else what its block is. */
  function labelOf(block) {
    if (customers.has(block.id)) return block.label;
    return (
      typed(block, "-label") ||
      block.querySelector("[data-chooser-title]")?.textContent.trim() ||
      block.querySelector(".c-sf-block__type")?.textContent.trim() ||
      "?"
    );
  }

  class Rule {
    constructor(config, input, root) {
      Object.assign(this, { config, input, root, idForLabel: "" });
      this.number = ++count;
      this.root.addEventListener("change", () => this.save());
      this.root.addEventListener("input", () => this.save());
    }

    get own() {
      return this.root.closest(BLOCK);
    }

    /** All questions of the form, in order. */
    get questions() {
      const blocks = [...(this.own?.parentElement.children ?? [])];
      return blocks.filter(
        (block) => block.matches(BLOCK) && !isDeleted(block) && !CONTENT.has(part(block, "type").value),
      );
    }

    get earlier() {
      const all = this.questions;
      const known = [...customers.values()].filter(({ archived }) => !archived);
      return [...known, ...all.slice(0, all.indexOf(this.own))];
    }

    find(id) {
      return customers.get(id) ?? this.questions.find((block) => idOf(block) === id);
    }

    labelFor(id) {
      const block = this.find(id);
      return block ? labelOf(block) : this.config.strings.deletedQuestion;
    }

    /** Returns `{kind, choices}` of a question. */
    describe(block) {
      if (customers.has(block.id)) return block;
      const type = part(block, "type").value;
      if (type === "ticket_field") {
        return fields.get(typed(block, "-field")) ?? { kind: "other", choices: [] };
      }
      const { kinds, choices } = this.config;
      const kind = kinds[type] ?? "other";
      if (kind !== "choice" || choices[type]) return { kind, choices: choices[type] ?? [] };
      const own = [...block.querySelectorAll(`[data-contentpath=choices] ${BLOCK}`)];
      return {
        kind,
        choices: own
          .filter((choice) => !isDeleted(choice))
          .map((choice) => [
            idOf(choice),
            choice.querySelector("input[name$=-value-label]")?.value.trim() ?? "",
          ])
          .filter(([, label]) => label),
      };
    }

    /** Loads the answers of a ticket field once. Returns whether it will call back. */
    load(block, then) {
      if (!block || customers.has(block.id) || part(block, "type").value !== "ticket_field") return false;
      const key = typed(block, "-field");
      if (!key || fields.has(key)) return false;
      const unknown = { kind: "other", choices: [] };
      fetch(this.config.fieldUrl.replace("/0/", `/${key}/`), { credentials: "same-origin" })
        .then((response) => (response.ok ? response.json() : unknown))
        .catch(() => unknown)
        .then((found) => {
          fields.set(key, found);
          then();
        });
      return true;
    }

    get value() {
      return JSON.parse(this.input.value || '{"match": "all", "conditions": []}');
    }

    set value(rule) {
      this.input.value = JSON.stringify(rule);
    }

    /** Reads the rule from the controls. */
    save() {
      const conditions = [...this.root.querySelectorAll("[data-condition]")].map((row) => {
        const [question, operator] = row.querySelectorAll("select");
        const boxes = [...row.querySelectorAll("input[type=checkbox]:checked")];
        const text = row.querySelector("[data-answer]");
        const values = text ? [text.value.trim().replace("T", text.type === "datetime-local" ? " " : "T")] : [];
        return {
          question: question.value,
          operator: operator.value,
          values: [...values, ...boxes.map((box) => box.value)].filter(Boolean),
        };
      });
      const match = this.root.querySelector("[data-match]")?.value ?? "all";
      const before = this.input.value;
      this.value = { match, conditions };
      if (this.input.value !== before) {
        this.input.dispatchEvent(new Event("change", { bubbles: true }));
        this.retitle();
      }
    }

    change(edit, focus) {
      const rule = this.value;
      edit(rule);
      this.value = rule;
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
      this.show();
      this.retitle();
      const found = focus && this.root.querySelector(focus);
      found?.focus();
    }

    show() {
      const { strings } = this.config;
      const rule = this.value;
      this.root.replaceChildren();
      if (rule.conditions.length > 1) this.root.append(this.matchControl(rule));
      const list = create("ul", { class: "portal-rule__conditions" });
      rule.conditions.forEach((condition, index) => list.append(this.row(condition, index)));
      if (rule.conditions.length) this.root.append(list);
      else this.root.append(create("p", { class: "portal-rule__always" }, strings.always));
      const add = create(
        "button",
        { type: "button", class: "button button-small button-secondary", "data-add": "" },
        rule.conditions.length ? strings.addAnother : strings.add,
      );
      add.addEventListener("click", () => this.add());
      this.root.append(add);
    }

    add() {
      const { strings } = this.config;
      if (!this.earlier.length) {
        this.root.querySelector(".portal-rule__always").textContent = strings.noQuestions;
        return;
      }
      this.change((rule) => {
        rule.conditions.push({ question: "", operator: "equals", values: [] });
      }, "[data-condition]:last-child select");
    }

    matchControl(rule) {
      const { strings } = this.config;
      const id = `portal-rule-${this.number}-match`;
      const select = create("select", { id, "data-match": "" });
      for (const value of ["all", "any"]) {
        select.append(new Option(strings[value], value, false, rule.match === value));
      }
      return create(
        "p",
        { class: "portal-rule__match" },
        create("label", { for: id }, strings.match),
        select,
      );
    }

    row(condition, index) {
      const { strings, operators } = this.config;
      const block = this.find(condition.question);
      const { kind, choices } = block ? this.describe(block) : { kind: "other", choices: [] };
      this.load(block, () => {
        this.show();
        this.retitle();
      });
      const question = create("select", { "aria-label": strings.question });
      this.fillQuestions(question, condition.question);
      // Questions change while the editor works.
      for (const event of ["focus", "pointerdown"]) {
        question.addEventListener(event, () => this.fillQuestions(question, question.value));
      }
      question.addEventListener("change", (event) => {
        event.stopPropagation();
        const chosen = question.value;
        const apply = () => {
          this.change((rule) => {
            rule.conditions[index] = { question: chosen, operator: "equals", values: [] };
            this.suit(rule.conditions[index]);
          }, `[data-condition]:nth-child(${index + 1}) [data-operator]`);
        };
        if (!this.load(this.find(chosen), apply)) apply();
      });
      const operator = create("select", { "aria-label": strings.operator, "data-operator": "" });
      for (const [key, label] of operators[kind]) {
        operator.append(new Option(label, key, false, key === condition.operator));
      }
      operator.addEventListener("change", (event) => {
        event.stopPropagation();
        this.change((rule) => {
          rule.conditions[index].operator = operator.value;
        }, `[data-condition]:nth-child(${index + 1}) [data-operator]`);
      });
      const remove = create(
        "button",
        { type: "button", class: "portal-rule__remove button button-small button-secondary no" },
        strings.remove,
      );
      remove.addEventListener("click", () => {
        this.change((rule) => rule.conditions.splice(index, 1), "[data-add]");
      });
      operator.hidden = !condition.question;
      const row = create("li", { "data-condition": "" }, question, operator);
      if (block && !["filled", "empty"].includes(condition.operator)) {
        row.append(this.answers(condition, kind, choices, labelOf(block)));
      }
      row.append(remove);
      return row;
    }

    /** Chooses an operator that the question has. */
    suit(condition) {
      const block = this.find(condition.question);
      if (!block) return;
      const known = this.config.operators[this.describe(block).kind].map(([key]) => key);
      if (!known.includes(condition.operator)) [condition.operator] = known;
    }

    fillQuestions(select, chosen) {
      const { strings } = this.config;
      const options = this.earlier.map((block) => [idOf(block), labelOf(block)]);
      if (!chosen) options.unshift(["", strings.select]);
      else if (!options.some(([id]) => id === chosen)) {
        const later = this.find(chosen);
        const label = later
          ? fill(strings.laterQuestion, { question: labelOf(later) })
          : strings.deletedQuestion;
        options.push([chosen, label]);
      }
      const same =
        select.length === options.length &&
        options.every(([id, text], at) => select[at].value === id && select[at].text === text);
      if (same) return;
      select.replaceChildren(
        ...options.map(([id, text]) => new Option(text, id, false, id === chosen)),
      );
    }

    answers(condition, kind, choices, label) {
      const { strings } = this.config;
      if (kind !== "choice") return this.textAnswer(condition, kind);
      const group = create("div", {
        class: "portal-rule__answers",
        role: "group",
        "aria-label": `${strings.answer}: ${label}`,
      });
      const rows = [...choices];
      for (const value of condition.values) {
        if (!rows.some(([key]) => key === value)) rows.push([value, strings.deletedAnswer]);
      }
      for (const [key, text] of rows) {
        const box = create("input", { type: "checkbox", value: key });
        box.checked = condition.values.includes(key);
        group.append(create("label", {}, box, ` ${text}`));
      }
      if (!rows.length) group.append(strings.noAnswers);
      return group;
    }

    textAnswer(condition, kind) {
      const { strings } = this.config;
      const types = { date: "date", datetime: "datetime-local" };
      const input = create("input", {
        type: types[kind] ?? "text",
        "aria-label": strings.answer,
        "data-answer": "",
      });
      if (kind === "number") input.inputMode = "decimal";
      if (kind === "text") {
        input.maxLength = 255;
        input.title = strings.several;
      }
      const text = condition.values.join(", ");
      input.value = kind === "datetime" ? text.replace(" ", "T") : text;
      // Forms of the page editor are sent when Enter is pressed.
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault();
      });
      return input;
    }

    /** Returns the rule for the title of a closed block. */
    getTextLabel() {
      const { strings, operators } = this.config;
      const rule = this.value;
      const [first] = rule.conditions.filter(({ question }) => question);
      if (!first) return "";
      const block = this.find(first.question);
      const { kind, choices } = block ? this.describe(block) : { kind: "other", choices: [] };
      this.load(block, () => {
        this.show();
        this.retitle();
      });
      const operator = Object.fromEntries(operators[kind])[first.operator] ?? "";
      const answers = first.values.map(
        (value) => choices.find(([key]) => key === value)?.[1] ?? (kind === "choice" ? "?" : value),
      );
      const words = ["filled", "empty"].includes(first.operator) ? [] : [answers.join(strings.or)];
      const condition = [`“${this.labelFor(first.question)}”`, operator, ...words].join(" ");
      const more = rule.conditions.length - 1;
      const text = more ? strings[rule.match === "any" ? "shownIfAny" : "shownIfAll"] : strings.shownIf;
      return ` · ${fill(text, { condition, count: more })}`;
    }

    /** Lets Wagtail write the block's title again. */
    retitle() {
      this.own?.querySelector("[data-panel-toggle]")?.dispatchEvent(new Event("wagtail:panel-toggle"));
    }

    getState() {
      return this.input.value;
    }

    getValue() {
      return this.input.value;
    }

    setState(state) {
      this.input.value = state ?? "";
      this.show();
    }

    setInvalid(isInvalid) {
      this.root.classList.toggle("portal-rule--invalid", isInvalid);
    }

    focus() {
      this.root.querySelector("select, button")?.focus();
    }

    setCapabilityOptions() {}
  }

  class RuleWidget {
    constructor(config) {
      this.config = config;
    }

    render(placeholder, name, id, initialState) {
      const input = create("input", { type: "hidden", name, id });
      const root = create("div", { class: "portal-rule" });
      placeholder.replaceWith(input, root);
      const rule = new Rule(this.config, input, root);
      input.rule = rule;
      rule.setState(initialState);
      loadCustomers(this.config.customersUrl);
      return rule;
    }
  }

  /** Loads the fields of organizations and members once for all rules of the page. */
  function loadCustomers(url) {
    if (loadsCustomers || !url) return;
    loadsCustomers = true;
    fetch(url, { credentials: "same-origin" })
      .then((response) => (response.ok ? response.json() : { fields: [] }))
      .catch(() => ({ fields: [] }))
      .then((found) => {
        for (const field of found.fields) customers.set(field.id, field);
        if (customers.size) showAll();
      });
  }

  window.telepath.register("wagtail_portal.RuleWidget", RuleWidget);

  // Questions and answers are reworded, moved and deleted while the editor works.
  let waiting;
  function refresh(event) {
    if (event.target.closest?.(".portal-rule")) return;
    clearTimeout(waiting);
    waiting = setTimeout(showAll, 300);
  }

  function showAll() {
    for (const root of document.querySelectorAll(".portal-rule")) {
      const rule = root.previousElementSibling?.rule;
      if (!rule || root.contains(document.activeElement)) continue;
      if (rule.value.conditions.length) {
        rule.show();
        rule.retitle();
      }
    }
  }
  for (const name of ["change", "click"]) document.addEventListener(name, refresh);
})();
