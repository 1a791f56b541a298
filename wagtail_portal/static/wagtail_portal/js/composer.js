/** Text areas that grow with their text, and files that are selected, dropped or pasted. */

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#portal-icon-${name}`);
  svg.setAttribute("class", "portal-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
};

/* The style sheet does this in browsers that support field-sizing. */
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

/** Returns the size of a file in the units that the server uses. */
function formatSize(bytes) {
  const [unit, size] = bytes < 2 ** 20 ? ["kilobyte", 2 ** 10] : ["megabyte", 2 ** 20];
  const number = Math.max(bytes / size, 0.1);
  const format = { style: "unit", unit, maximumFractionDigits: number < 10 ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang || undefined, format).format(number);
}

/** Returns the server’s error message for a file, or undefined if the input accepts it. */
function validate(input, file) {
  const { maxSize, tooLarge, wrongType } = input.dataset;
  const types = input.accept.split(",").filter(Boolean);
  const fits = types.some((type) => file.name.toLowerCase().endsWith(type));
  if (maxSize && file.size > Number(maxSize)) return tooLarge?.replace("{name}", file.name);
  if (types.length && !fits) return wrongType?.replace("{name}", file.name);
  return undefined;
}

/** Uploads a file before its form is sent; `onProgress` is called with a number from 0 to 1. */
function upload(file, input, onProgress) {
  const { form } = input;
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    // The question may have stricter limits than the portal.
    data.append("form", form.dataset.portalForm ?? "");
    data.append("question", input.name);
    data.append("file", file);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.responseType = "json";
    request.addEventListener("load", () => {
      const { response } = request;
      // A proxy would refuse the form with the file, too.
      const tooLarge = request.status === 413 ? `${file.name}: ${input.dataset.refused}` : "";
      if (request.status === 200 && response?.id) resolve(response);
      else reject(new Error(response?.error ?? tooLarge));
    });
    request.addEventListener("error", () => reject(new Error("")));
    request.open("POST", form.dataset.portalUpload);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  });
  return { done, stop: () => request.abort() };
}

/*
 * Files are uploaded once they're selected, and the form sends their IDs. Selecting more adds to
 * them. Those that aren't uploaded in time go with the form, as without this script.
 */
function setUpInput(input) {
  const { form } = input;
  const before = input.parentElement.querySelector(".portal-file-list");
  const list = before ?? document.createElement("ul");
  list.className = "portal-file-list";
  list.setAttribute("aria-live", "polite");
  if (!before) input.after(list);
  input.parentElement.classList.add("portal-lists-files");
  let waiting = [];

  function updateInput() {
    const transfer = new DataTransfer();
    for (const file of waiting) transfer.items.add(file);
    input.files = transfer.files;
  }

  // So that the draft is saved.
  const noteChange = () => input.dispatchEvent(new Event("input", { bubbles: true }));

  function removeWaiting(file) {
    waiting = waiting.filter((other) => other !== file);
    updateInput();
  }

  function removeButton(item, name, onRemove) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(icon("close"));
    const { portalRemove } = (input.closest("[data-portal-remove]") ?? document.getElementById("portal-icons")).dataset;
    button.setAttribute("aria-label", `${portalRemove}: ${name}`);
    button.addEventListener("click", () => {
      onRemove();
      const next = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      noteChange();
      (next?.querySelector("button") ?? input).focus();
    });
    return button;
  }

  function addItem(kind, name, size, onRemove = () => {}) {
    const item = document.createElement("li");
    const parts = [name, size].map(() => document.createElement("bdi"));
    parts[0].className = "portal-file-list__name";
    parts[0].textContent = name;
    parts[1].className = "portal-file-list__size";
    parts[1].textContent = size;
    item.append(icon(kind), ...parts, removeButton(item, name, onRemove));
    list.append(item);
    return [item, ...parts];
  }

  function keep(item, id) {
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = `${input.name}-kept`;
    kept.value = id;
    item.append(kept);
  }

  function add(file) {
    let stop = () => {};
    const kind = file.type.startsWith("image/") ? "image" : "file";
    const [item, name, fileSize] = addItem(kind, file.name, formatSize(file.size), () => {
      stop();
      removeWaiting(file);
    });
    function showError(message) {
      removeWaiting(file);
      item.classList.add("portal-file-list__refused");
      item.querySelector("svg").replaceWith(icon("alert"));
      // The message names the file.
      name.textContent = message;
      fileSize.remove();
    }
    const error = validate(input, file);
    if (error) return showError(error);
    if (!form?.dataset.portalUpload) return;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", file.name);
    fileSize.after(bar);
    const uploading = upload(file, input, (part) => (bar.value = part));
    stop = uploading.stop;
    uploading.done
      .then((saved) => {
        // The name is for an error once the upload has been deleted.
        keep(item, `${saved.id}/${saved.name}`);
        removeWaiting(file);
        noteChange();
      })
      .catch((error) => {
        // If the server didn't answer, the file goes with the form.
        if (error.message) showError(error.message);
      })
      .finally(() => bar.remove());
  }

  function addFiles(files) {
    const isNew = (file) => !waiting.some((old) => old.name === file.name && old.size === file.size);
    const chosen = [...files].filter(isNew);
    // An input for one file replaces it.
    if (chosen.length && !input.multiple) {
      for (const button of list.querySelectorAll("button")) button.click();
    }
    waiting = [...waiting, ...chosen];
    updateInput();
    chosen.forEach(add);
  }

  input.addEventListener("change", () => addFiles(input.files));
  // The uploads of a draft replace those on the page.
  input.addEventListener("portal-restore", ({ detail }) => {
    list.querySelectorAll("li:has([type=hidden])").forEach((item) => item.remove());
    for (const { id, name, size } of detail) keep(addItem("file", name, size)[0], id);
  });
  // Selected before this script was loaded, or restored by the browser.
  if (input.files.length) input.dispatchEvent(new Event("change"));

  // Files that the server saved after an error can be removed at once.
  for (const label of list.querySelectorAll("label")) {
    const item = label.closest("li");
    const name = item.querySelector(".portal-file-list__name").textContent;
    label.replaceWith(removeButton(item, name, () => {}));
  }

  return addFiles;
}

const inputs = [...document.querySelectorAll("input[type=file]")];
const adders = new Map(inputs.map((input) => [input, setUpInput(input)]));

/* Returns the function that adds files to the nearest input, or to the only one on the page. */
function adderAt(target) {
  const nearest = target.closest?.(".portal-field, .portal-composer__box")?.querySelector("input[type=file]");
  return adders.get(nearest ?? (inputs.length === 1 ? inputs[0] : null));
}

if (inputs.length) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (isOver) => document.body.classList.toggle("portal-dropping", isOver);
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    // Outside of an input, the browser would leave the page and open the file.
    event.preventDefault();
    const addFiles = adderAt(event.target);
    event.dataTransfer.dropEffect = addFiles ? "copy" : "none";
    mark(Boolean(addFiles));
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? mark(false));
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    adderAt(event.target)?.(event.dataTransfer.files);
  });

  // All pasted images have the same name.
  const pasted = new Set();
  function named(file) {
    let { name } = file;
    for (let count = 2; pasted.has(name); count++) name = file.name.replace(/(?=\.\w+$)/, `-${count}`);
    pasted.add(name);
    return name === file.name ? file : new File([file], name, { type: file.type });
  }
  addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    const addFiles = adderAt(event.target);
    // Cells of a spreadsheet are also pasted as an image.
    if (!addFiles || !files.length || types.includes("text/plain")) return;
    event.preventDefault();
    addFiles([...files].map(named));
  });
}
