// Above each phone: whose it is, how it behaves, its language, and what can befall it.

import { icon } from "./icons.js";
import { make } from "./make.js";
import { label, phrase, languageOf } from "./words.js";

const LOOKS = ["telegram", "whatsapp", "sms", "phone"];

export class PhoneSettings {
  constructor(phone, onClose) {
    this.phone = phone;
    this.title = make("h2", { id: `${phone.name}-name` });
    this.look = make("select", {
      "data-role": "look", on: { change: () => phone.setLook(this.look.value) },
    }, ...LOOKS.map((look) => make("option", { value: look, words: `look.${look}` })));
    this.language = make("select", {
      "data-role": "language", on: { change: () => phone.setLanguage(this.language.value) },
    });
    this.later = toggle("phone.later", "later", () => phone.setWindow(!phone.window));
    this.block = toggle("phone.block", "block", () => phone.setBlocked(!phone.blocked));
    this.cross = onClose && make("button", {
      type: "button", class: "phone-close", "data-role": "close", on: { click: onClose },
    }, icon("close"));
    this.node = make("div", { class: "phone-settings", role: "group", wordsLabel: "phone.settings" },
      make("div", { class: "phone-title" }, this.title,
        make("div", { class: "phone-toggles" }, this.later, this.block), this.cross),
      make("div", { class: "phone-choices" },
        field("phone.look", this.look), field("phone.language", this.language)));
  }

  // The phone's name, in the language of the page.
  get name() {
    return this.title.textContent;
  }

  show() {
    const { phone } = this;
    const extra = phone.number > 3;
    label(this.title, extra ? "role.extra" : `role.${phone.role}`, { number: phone.number });
    if (this.cross) {
      const name = phrase(languageOf(this.title), "role.extra", { number: phone.number });
      label(this.cross, "phone.close", { name }, "label");
    }
    this.look.value = phone.look;
    this.showLanguages();
    this.later.hidden = phone.look !== "whatsapp";
    this.later.setAttribute("aria-pressed", String(!phone.window));
    this.block.setAttribute("aria-pressed", String(phone.blocked));
    for (const button of [this.later, this.block]) button.disabled = phone.state !== "connected";
  }

  showLanguages() {
    const { offered, spoken } = this.phone;
    const all = offered.some(({ code }) => code === spoken)
      ? offered : [...offered, { code: spoken, name: spoken }];
    const wanted = all.map(({ code }) => code).join();
    if (this.language.dataset.codes !== wanted) {
      this.language.dataset.codes = wanted;
      this.language.replaceChildren(...all.map(({ code, name }) => make("option", {
        value: code, lang: code,
      }, name)));
    }
    this.language.value = spoken;
  }
}

function field(words, select) {
  return make("label", { class: "field" }, make("span", { words }), select);
}

function toggle(words, role, act) {
  return make("button", {
    type: "button", class: "toggle", "data-role": role, "aria-pressed": "false", words,
    on: { click: act },
  });
}
