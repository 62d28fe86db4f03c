import { explain } from "./note-popover.js";

// The long form of an abbreviation. The title moves away while the element works, so that it is not shown twice.
class AbbreviationPopover extends HTMLElement {
  connectedCallback() {
    if (!("popover" in HTMLElement.prototype)) return;
    for (const abbreviation of this.querySelectorAll("abbr[title]")) {
      abbreviation.dataset.long = abbreviation.title;
      abbreviation.removeAttribute("title");
    }
    explain(this, "abbr[data-long]", (abbreviation) => document.createTextNode(abbreviation.dataset.long));
  }
}
customElements.define("abbreviation-popover", AbbreviationPopover);
