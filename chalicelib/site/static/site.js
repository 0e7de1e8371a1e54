"use strict";
// Pages work without this. It sends a form once, and shows a picture before it is sent.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
document.addEventListener("change", (event) => {
  const image = document.getElementById(event.target.dataset.preview || "");
  const [file] = event.target.files || [];
  if (!image || !file) return;
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(file);
  image.hidden = false;
});
