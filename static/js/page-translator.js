// Loads the translation widget when its button is pressed: only in a page whose reader allowed it.
class PageTranslator extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.hidden = false;
    this.button.addEventListener("click", this);
  }

  handleEvent() {
    this.button.disabled = true;
    window.portalTranslateReady = () => this.ready();
    const script = document.createElement("script");
    const address = new URL(this.dataset.src, document.baseURI);
    address.searchParams.set("cb", "portalTranslateReady");
    script.src = address.href;
    script.addEventListener("error", () => this.failed());
    document.head.append(script);
  }

  ready() {
    const { TranslateElement } = window.google.translate;
    const layout = TranslateElement.InlineLayout?.SIMPLE;
    new TranslateElement({ pageLanguage: "en", layout }, "translate-element");
    this.button.hidden = true;
  }

  failed() {
    this.button.disabled = false;
    this.querySelector("[role=status]").textContent = this.dataset.failed;
  }
}
customElements.define("page-translator", PageTranslator);
