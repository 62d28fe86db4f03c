// allauth reports what went wrong while it asked the browser for a passkey; without this only the console would know.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-error").hidden = false;
});
