// The page: its language, the phones on it, the badge, and on a narrow screen the tabs.

import { icon } from "./icons.js";
import { label, languages, speak, table } from "./words.js";
import { make } from "./make.js";
import { Phone } from "./phone.js";
import { recall, remember } from "./remembered.js";
import { Tabs } from "./tabs.js";

const ALWAYS = [1, 2, 3];
const MOST_PHONES = 12;

class Page {
  constructor() {
    this.root = document.documentElement;
    this.language = this.firstLanguage();
    this.phones = [];
    this.badge = document.getElementById("page-state");
    this.tabs = new Tabs(document.getElementById("tabs"), () => this.noticeSeen());
    this.place = document.getElementById("phones");
    this.buildFrame();
    this.speak();
    for (const number of this.remembered()) this.open(number);
    document.addEventListener("visibilitychange", () => this.noticeSeen());
  }

  // A link may ask for a language (?lang=fr); else what was chosen; else the browser's.
  firstLanguage() {
    const asked = new URLSearchParams(location.search).get("lang");
    const wishes = [asked, recall("page.language", null), ...navigator.languages];
    return wishes.map(table).find(Boolean)?.code ?? "en";
  }

  remembered() {
    const extra = recall("phones", []);
    return [...ALWAYS, ...extra.filter((number) => Number.isInteger(number) && number > 3)];
  }

  buildFrame() {
    const select = document.getElementById("page-language");
    select.append(...languages.map(({ code, name }) => make("option", { value: code, lang: code }, name)));
    select.value = this.language;
    select.addEventListener("change", () => {
      this.language = select.value;
      remember("page.language", this.language);
      this.speak();
      for (const phone of this.phones) {
        if (phone.language === null) phone.speakAnew();
        phone.dress();
      }
      this.changed();
    });
    this.adder = document.getElementById("add-phone");
    this.adder.append(icon("plus"), make("span", { words: "phone.add" }));
    this.adder.addEventListener("click", () => {
      const used = this.phones.map((phone) => phone.number);
      let number = 4;
      while (used.includes(number)) number += 1;
      this.open(number).focus();
      this.save();
    });
  }

  speak() {
    this.root.lang = this.language;
    this.root.dir = table(this.language).dir;
    this.root.dataset.speaks = this.language;
    speak(document);
  }

  open(number) {
    const phone = new Phone(number, {
      pageLanguage: () => this.language,
      onChange: () => this.changed(),
      onClose: number > 3 ? () => this.close(phone) : null,
    });
    this.phones.push(phone);
    this.place.append(phone.node);
    speak(phone.node);
    this.tabs.show(this.phones, number > 3 ? phone : undefined);
    this.changed();
    return phone;
  }

  close(phone) {
    phone.close();
    this.phones = this.phones.filter((other) => other !== phone);
    this.tabs.show(this.phones);
    this.save();
    this.changed();
    this.adder.focus();
  }

  save() {
    remember("phones", this.phones.map((phone) => phone.number).filter((number) => number > 3));
  }

  noticeSeen() {
    for (const phone of this.phones) phone.noticeSeen();
  }

  // The badge tells the worst of the phones' lines.
  changed() {
    const states = this.phones.map((phone) => phone.state);
    const state = ["waiting", "connecting"].find((bad) => states.includes(bad)) ?? "connected";
    const unsent = this.phones.reduce((sum, phone) => sum + phone.queue.all().length, 0);
    this.badge.dataset.state = state;
    const key = state === "waiting" && unsent ? "state.unsent" : `state.${state}`;
    label(this.badge.querySelector(".badge-text"), key, { count: unsent });
    this.tabs.refresh();
    this.adder.hidden = this.phones.length >= MOST_PHONES;
  }
}

new Page();
