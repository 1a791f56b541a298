/**
 * Shows the current tab, says when tickets have changed, and keeps the URL of a filtered list short
 * by leaving out empty fields.
 */

for (const form of document.querySelectorAll("form[data-portal-filters]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const name of new Set(formData.keys())) {
      const values = formData.getAll(name).filter((value) => value !== "");
      formData.delete(name);
      for (const value of values) formData.append(name, value);
    }
  });
}

// In browsers that don't know scroll-initial-target.
document.querySelector(".portal-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

// The list itself stays as it is until the reader follows the link.
const updates = document.querySelector(".portal-list-updates");
updates?.addEventListener("portal-updates", ({ detail }) => {
  updates.replaceChildren(...new DOMParser().parseFromString(detail, "text/html").body.children);
  for (const link of updates.querySelectorAll("a")) link.href = location.href;
});
