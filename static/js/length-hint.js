// Counts the characters of the field that data-input names, while one types; without it the number is that of the last save.
class LengthHint extends HTMLElement {
  connectedCallback() {
    this.count = this.querySelector("span");
    this.input = document.getElementById(this.dataset.input);
    this.input?.addEventListener("input", this);
  }

  handleEvent() {
    this.count.textContent = [...this.input.value.trim()].length;
  }
}
customElements.define("length-hint", LengthHint);
