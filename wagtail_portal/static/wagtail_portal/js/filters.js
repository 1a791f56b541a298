/** Keeps the URL of a filtered list short by leaving out empty fields. */

for (const form of document.querySelectorAll("form[data-portal-filters]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const name of new Set(formData.keys())) {
      const values = formData.getAll(name).filter((value) => value !== "");
      formData.delete(name);
      for (const value of values) formData.append(name, value);
    }
  });
}
