/** Shows what can be done with selected members once one is selected, and opens invitations. */

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
