/**
 * In the table of members, the button beside a role comes once another role is chosen: choosing
 * alone changes nothing, so that the arrow keys of a keyboard do no harm.
 */

function mark(form) {
  const select = form.querySelector("select");
  form.toggleAttribute("data-portal-same", select.selectedOptions[0]?.defaultSelected ?? false);
}

for (const form of document.querySelectorAll("form[data-portal-role]")) {
  mark(form);
  form.addEventListener("change", () => mark(form));
}

/* The address of the form for invitations opens it. */
const invite = document.getElementById("invite");
if (invite && location.hash === "#invite") invite.open = true;
