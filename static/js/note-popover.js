// The small sheet of paper beside a word. It can be pointed at, stays until one leaves it, and Escape closes it
// (WCAG 2.2, 1.4.13). One sheet for the whole page.
const MARGIN = 8;

class NotePopover {
  constructor() {
    this.sheet = document.createElement("div");
    this.sheet.className = "note-popover";
    this.sheet.id = "note-popover";
    this.sheet.popover = "manual";
    this.sheet.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.sheet.addEventListener("pointerleave", () => this.hideSoon());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.hide());
    document.addEventListener("pointerdown", (event) => {
      if (!this.sheet.contains(event.target) && !this.anchor?.contains(event.target)) this.hide();
    });
    window.addEventListener("scroll", () => this.follow(), { passive: true });
  }

  show(anchor, content) {
    clearTimeout(this.timer);
    if (this.anchor === anchor) return;
    this.hide();
    this.anchor = anchor;
    this.sheet.replaceChildren(content);
    document.body.append(this.sheet);
    this.sheet.showPopover();
    anchor.setAttribute("aria-describedby", this.sheet.id);
    this.place(anchor.getBoundingClientRect());
  }

  place(word) {
    const { offsetWidth: width, offsetHeight: height } = this.sheet;
    const above = word.top - height - MARGIN;
    const left = Math.min(word.left, document.documentElement.clientWidth - width - MARGIN);
    this.sheet.style.left = `${Math.max(MARGIN, left)}px`;
    this.sheet.style.top = `${above > MARGIN ? above : word.bottom + MARGIN}px`;
  }

  // Focus may scroll its word into view: the sheet goes with the word, and closes only when the word is gone.
  follow() {
    if (!this.anchor) return;
    const word = this.anchor.getBoundingClientRect();
    if (word.bottom < 0 || word.top > window.innerHeight) this.hide();
    else this.place(word);
  }

  hideSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), 250);
  }

  hide() {
    clearTimeout(this.timer);
    if (!this.anchor) return;
    this.anchor.removeAttribute("aria-describedby");
    this.anchor = null;
    this.sheet.hidePopover();
    this.sheet.remove();
  }
}

const sheet = "popover" in HTMLElement.prototype ? new NotePopover() : null;

// Shows contentOf(element) for each `selector` below `root` on hover and focus, and on a tap.
export function explain(root, selector, contentOf) {
  if (!sheet) return;
  const open = (event) => {
    const anchor = event.target.closest?.(selector);
    const content = anchor && contentOf(anchor);
    if (content) sheet.show(anchor, content);
    return Boolean(content);
  };
  let touched = false;
  root.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
  root.addEventListener("pointerover", (event) => event.pointerType !== "touch" && open(event));
  root.addEventListener("pointerout", (event) => event.pointerType !== "touch" && sheet.hideSoon());
  root.addEventListener("focusin", (event) => !touched && open(event));
  root.addEventListener("focusout", (event) => {
    const goesOn = event.relatedTarget && !sheet.sheet.contains(event.relatedTarget);
    goesOn ? sheet.hide() : sheet.hideSoon(); // nothing covers what has the focus now (WCAG 2.2, 2.4.11)
  });
  root.addEventListener("click", (event) => {
    if (touched && open(event)) event.preventDefault();
  });
}
