// The list under the search box: a listbox that the box drives; the focus never leaves the box.

let made = 0;

export class List {
  /** `choose` is called with the item that was clicked. */
  constructor(element, input, choose) {
    this.element = element;
    this.input = input;
    this.items = [];
    this.active = -1;
    element.id = `eb-search-list-${++made}`;
    input.setAttribute("aria-controls", element.id);
    element.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
    element.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(this.items[[...this.element.children].indexOf(option)]);
    });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** The item that the arrow keys are at, or undefined. */
  get current() {
    return this.items[this.active];
  }

  /**
   * Show items { parts, aside, title }: `parts` are the texts of the label, every second one set off; `aside` stands
   * at the right.
   */
  show(items, label) {
    this.items = items;
    this.element.setAttribute("aria-label", label);
    this.element.replaceChildren(...items.map((item, i) => this.#option(item, i)));
    this.element.hidden = items.length === 0;
    this.element.scrollTop = 0;
    this.input.setAttribute("aria-expanded", String(this.isOpen));
    this.#activate(-1);
  }

  close() {
    if (this.isOpen) this.show([], this.element.getAttribute("aria-label"));
  }

  /** Go to the next item (1) or the one before (-1); beyond either end is the text itself, and then the other end. */
  move(step) {
    const n = this.items.length + 1;
    this.#activate(((this.active + 1 + step + n) % n) - 1);
  }

  #activate(place) {
    this.element.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = place;
    const option = this.element.children[place];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  #option({ parts, aside, title }, place) {
    const option = document.createElement("li");
    option.id = `${this.element.id}-${place}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    if (title) option.title = title;
    const label = document.createElement("span");
    parts.forEach((part, i) => {
      const piece = document.createElement(i % 2 ? "b" : "span");
      piece.textContent = part; // names come from files: never HTML
      label.append(piece);
    });
    option.append(label);
    if (aside) {
      const small = document.createElement("small");
      small.textContent = aside;
      option.append(" ", small);
    }
    return option;
  }
}
