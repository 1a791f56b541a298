/** Writing: text areas that grow with the text, and files that are chosen, dropped or pasted. */

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#portal-icon-${name}`);
  svg.setAttribute("class", "portal-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
};

/* Where the browser has field-sizing, the style sheet does this. */
if (!CSS.supports("field-sizing", "content")) {
  for (const area of document.querySelectorAll("textarea")) {
    const grow = () => {
      area.style.blockSize = "auto";
      area.style.blockSize = `${area.scrollHeight + 2}px`;
    };
    area.addEventListener("input", grow);
    if (area.value) grow();
  }
}

/** In the units that the server uses for a file that it has. */
function size(bytes) {
  const unit = bytes < 2 ** 20 ? "kilobyte" : "megabyte";
  const number = Math.max(bytes / (bytes < 2 ** 20 ? 2 ** 10 : 2 ** 20), 0.1);
  const format = { style: "unit", unit, maximumFractionDigits: number < 10 ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang || undefined, format).format(number);
}

/** Why an input does not take a file, as the server would say it; nothing when it may. */
function refusal(input, file) {
  const { maxSize, tooLarge, wrongType } = input.dataset;
  const types = input.accept.split(",").filter(Boolean);
  const fits = types.some((type) => file.name.toLowerCase().endsWith(type));
  if (maxSize && file.size > Number(maxSize)) return tooLarge?.replace("{name}", file.name);
  if (types.length && !fits) return wrongType?.replace("{name}", file.name);
  return undefined;
}

/** Sends one file ahead of its form; `onProgress` gets a number from 0 to 1. */
function send(file, input, onProgress) {
  const { form } = input;
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    // The question may take less than the portal does.
    data.append("form", form.dataset.portalForm ?? "");
    data.append("question", input.name);
    data.append("file", file);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.responseType = "json";
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status === 200 && answer?.id) resolve(answer);
      else reject(new Error(answer?.error ?? ""));
    });
    request.addEventListener("error", () => reject(new Error("")));
    request.open("POST", form.dataset.portalUpload);
    request.send(data);
  });
  return { done, stop: () => request.abort() };
}

/*
 * Files go to the server as soon as they are chosen, several at once, and the form then names
 * them. A second choice adds to the first, as in a mail program. What could not be sent ahead,
 * and what is still on its way when the form is sent, goes with the form as without this script.
 */
function listFiles(input) {
  const { form } = input;
  const before = input.parentElement.querySelector(".portal-file-list");
  const list = before ?? document.createElement("ul");
  list.className = "portal-file-list";
  list.setAttribute("aria-live", "polite");
  if (!before) input.after(list);
  input.parentElement.classList.add("portal-lists-files");
  let waiting = [];

  function keepInInput() {
    const transfer = new DataTransfer();
    for (const file of waiting) transfer.items.add(file);
    input.files = transfer.files;
  }

  function forget(file) {
    waiting = waiting.filter((other) => other !== file);
    keepInInput();
  }

  function removeButton(item, name, onRemove) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(icon("close"));
    const { portalRemove } = input.closest("[data-portal-remove]").dataset;
    button.setAttribute("aria-label", `${portalRemove}: ${name}`);
    button.addEventListener("click", () => {
      onRemove();
      const next = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      (next?.querySelector("button") ?? input).focus();
    });
    return button;
  }

  function add(file) {
    const item = document.createElement("li");
    const name = document.createElement("bdi");
    const weight = document.createElement("bdi");
    name.className = "portal-file-list__name";
    name.textContent = file.name;
    weight.className = "portal-file-list__size";
    weight.textContent = size(file.size);
    let stop = () => {};
    const remove = removeButton(item, file.name, () => {
      stop();
      forget(file);
    });
    item.append(icon(file.type.startsWith("image/") ? "image" : "file"), name, weight, remove);
    list.append(item);
    function refuse(words) {
      forget(file);
      item.classList.add("portal-file-list__refused");
      item.querySelector("svg").replaceWith(icon("alert"));
      // The words name the file.
      name.textContent = words;
      weight.remove();
    }
    const words = refusal(input, file);
    if (words) return refuse(words);
    if (!form?.dataset.portalUpload) return;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", file.name);
    weight.after(bar);
    const sending = send(file, input, (part) => (bar.value = part));
    stop = sending.stop;
    sending.done
      .then(({ id }) => {
        const kept = document.createElement("input");
        kept.type = "hidden";
        kept.name = `${input.name}-kept`;
        kept.value = id;
        item.append(kept);
        forget(file);
      })
      .catch((error) => {
        // Refused: the words say why. Not reached: it goes with the form.
        if (error.message) refuse(error.message);
      })
      .finally(() => bar.remove());
  }

  function take(files) {
    const isNew = (file) => !waiting.some((old) => old.name === file.name && old.size === file.size);
    const chosen = [...files].filter(isNew);
    // Where one file is asked for, another one takes its place.
    if (chosen.length && !input.multiple) {
      for (const button of list.querySelectorAll("button")) button.click();
    }
    waiting = [...waiting, ...chosen];
    keepInInput();
    chosen.forEach(add);
  }

  input.addEventListener("change", () => take(input.files));
  // Chosen before this script was there, or given back by the browser.
  if (input.files.length) input.dispatchEvent(new Event("change"));

  // Files that the server kept after an error: the same rows, taken out at once.
  for (const label of list.querySelectorAll("label")) {
    const item = label.closest("li");
    const name = item.querySelector(".portal-file-list__name").textContent;
    label.replaceWith(removeButton(item, name, () => {}));
  }

  return take;
}

const inputs = [...document.querySelectorAll("input[type=file]")];
const takers = new Map(inputs.map((input) => [input, listFiles(input)]));

/* Where it is clear what a file is for: in a question for files, or where there is only one. */
function takerAt(target) {
  const nearest = target.closest?.(".portal-field, .portal-composer__box")?.querySelector("input[type=file]");
  return takers.get(nearest ?? (inputs.length === 1 ? inputs[0] : null));
}

if (inputs.length) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (isOver) => document.body.classList.toggle("portal-dropping", isOver);
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    // Also beside the form: the browser would leave the page and open the file.
    event.preventDefault();
    const taker = takerAt(event.target);
    event.dataTransfer.dropEffect = taker ? "copy" : "none";
    mark(Boolean(taker));
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? mark(false));
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    takerAt(event.target)?.(event.dataTransfer.files);
  });

  // Every pasted picture has the same name.
  const pasted = new Set();
  function named(file) {
    let { name } = file;
    for (let count = 2; pasted.has(name); count++) name = file.name.replace(/(?=\.\w+$)/, `-${count}`);
    pasted.add(name);
    return name === file.name ? file : new File([file], name, { type: file.type });
  }
  addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    const taker = takerAt(event.target);
    // A table from a spreadsheet comes as a picture, too.
    if (!taker || !files.length || types.includes("text/plain")) return;
    event.preventDefault();
    taker([...files].map(named));
  });
}
