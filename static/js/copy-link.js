// Copies the address of its link, or data-text. Without a clipboard the plain link stays.
class CopyLink extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return;
    this.button = this.querySelector("button");
    this.link = this.querySelector("a");
    this.button.hidden = false;
    if (this.link) this.link.hidden = true;
    this.button.addEventListener("click", this);
  }

  async handleEvent() {
    await navigator.clipboard.writeText(this.dataset.text || this.link.href);
    const label = this.button.querySelector("[data-label]");
    const before = label.textContent;
    label.textContent = this.dataset.done;
    this.querySelector("[role=status]").textContent = this.dataset.done;
    this.button.removeEventListener("click", this);
    setTimeout(() => {
      label.textContent = before;
      this.querySelector("[role=status]").textContent = "";
      this.button.addEventListener("click", this);
    }, 4000);
  }
}
customElements.define("copy-link", CopyLink);
