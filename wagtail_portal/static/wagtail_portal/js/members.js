/**
 * Shows the button beside a role once another role is selected. Selecting alone changes nothing, so
 * that the arrow keys do no harm.
 */

function update(form) {
  const select = form.querySelector("select");
  form.toggleAttribute("data-portal-same", select.selectedOptions[0]?.defaultSelected ?? false);
}

for (const form of document.querySelectorAll("form[data-portal-role]")) {
  update(form);
  form.addEventListener("change", () => update(form));
}

/* A link to the form for invitations opens it. */
const invite = document.getElementById("invite");
if (invite && location.hash === "#invite") invite.open = true;
