// On a narrow screen one phone shows at a time, chosen by a tab; on a wide one all do.

import { make } from "./make.js";
import { roving } from "./roving.js";
import { label } from "./words.js";

const NARROW = matchMedia("(max-width: 719px)");

export class Tabs {
  constructor(list, onChoose) {
    Object.assign(this, { list, onChoose, phones: [], chosen: null });
    roving(list, { vertical: false });
    NARROW.addEventListener("change", () => this.apply());
  }

  show(phones, chosen) {
    this.phones = phones;
    if (chosen) this.chosen = chosen;
    if (!phones.includes(this.chosen)) this.chosen = phones[0] ?? null;
    this.list.replaceChildren(...phones.map((phone) => {
      const tab = make("button", {
        type: "button", role: "tab", id: `tab-${phone.name}`, "aria-controls": phone.name,
        "data-tab": phone.name, on: { click: () => this.choose(phone) },
      }, make("span", { class: "tab-name" }), make("span", { class: "tab-count", "aria-hidden": "true" }));
      phone.tab = tab;
      return tab;
    }));
    this.apply();
  }

  choose(phone) {
    this.chosen = phone;
    this.apply();
    this.onChoose();
  }

  apply() {
    for (const phone of this.phones) {
      const here = phone === this.chosen;
      phone.node.hidden = NARROW.matches && !here;
      if (NARROW.matches) phone.node.setAttribute("role", "tabpanel");
      else phone.node.removeAttribute("role");
      phone.tab.setAttribute("aria-selected", String(here));
      phone.tab.tabIndex = here ? 0 : -1;
      if (here) phone.conversation.toEnd();
    }
    this.refresh();
    this.uncover();
  }

  // Brings the chosen tab into sight where there are more than fit, and moves nothing else.
  uncover() {
    const tab = this.chosen?.tab;
    if (!NARROW.matches || !tab) return;
    const [strip, box] = [this.list.getBoundingClientRect(), tab.getBoundingClientRect()];
    if (box.left < strip.left) this.list.scrollLeft += box.left - strip.left;
    else if (box.right > strip.right) this.list.scrollLeft += box.right - strip.right;
  }

  refresh() {
    for (const { tab, settings, unread } of this.phones) {
      if (!tab) continue;
      const name = settings.name;
      const [shown, count] = tab.children;
      if (shown.textContent !== name) shown.textContent = name;
      count.textContent = unread ? String(unread) : "";
      if (unread) label(tab, "phone.unread", { name, count: unread }, "label");
      else {
        delete tab.dataset.wordsLabel;
        tab.removeAttribute("aria-label");
      }
    }
  }
}
