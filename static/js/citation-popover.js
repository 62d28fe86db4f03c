import { explain } from "./note-popover.js";

// The reference, beside its number in the text. The link to the list stays as it is.
class CitationPopover extends HTMLElement {
  connectedCallback() {
    explain(this, ".citation a", (link) => {
      const entry = document.getElementById(link.hash.slice(1));
      if (!entry) return null;
      const copy = document.createElement("div");
      copy.append(...[...entry.children].map((child) => child.cloneNode(true)));
      return copy;
    });
  }
}
customElements.define("citation-popover", CitationPopover);
