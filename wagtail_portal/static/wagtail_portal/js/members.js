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

/* What can be done with selected members appears once one is selected. */
const bulk = document.getElementById("members-bulk");
if (bulk) {
  const boxes = [...bulk.elements].filter((element) => element.name === "member");
  const show = () => {
    bulk.hidden = !boxes.some((box) => box.checked);
  };
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

/* A link to the form for invitations opens it. */
const invite = document.getElementById("invite");
if (invite && location.hash === "#invite") invite.open = true;
