// A slow answer invites a second press. While the first is under way, the same button sends nothing more: each
// declaration and each choice that arrives is kept as evidence.
const PATIENCE = 5000; // milliseconds; then the answer is not coming, and the button works again
const underWay = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  const pressed = event.submitter ?? form;
  if (underWay.has(pressed)) {
    event.preventDefault();
    return;
  }
  underWay.add(pressed);
  setTimeout(() => underWay.delete(pressed), PATIENCE);
});
