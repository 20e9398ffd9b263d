// The sheet for sending a place: our own map of towns, by finger, by arrow keys, or by
// latitude and longitude.

import { kilometres, nearest, rightful, toPixels, toPlace, towards, viewOf } from "./geography.js";
import { icon } from "./icons.js";
import { drawn, make } from "./make.js";
import { openSheet } from "./sheet.js";
import { label, speak } from "./words.js";

const WIDTH = 320;
const HEIGHT = 270;
const SNAP = 14; // pixels around a town that mean the town
const NEAR = 12; // kilometres within which a place is called after a town
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const fetched = new Map(); // country -> promise of places

function placesOf(country) {
  if (!fetched.has(country)) {
    const answer = fetch(`/phone/places/${encodeURIComponent(country)}.json`)
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error("no places"))))
      .then((found) => found.places.filter((place) => rightful(place.lat, place.lon)));
    answer.catch(() => fetched.delete(country));
    fetched.set(country, answer);
  }
  return fetched.get(country);
}

let count = 0;

// onSend({ lat, lon, near }); near is a town's name or null.
export function openMap(screen, country, onSend) {
  new MapSheet(screen, country, onSend);
}

class MapSheet {
  constructor(screen, country, onSend) {
    Object.assign(this, { onSend, places: [], pin: null, zoom: 1 });
    const id = `map-${(count += 1)}`;
    this.svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map-drawing" });
    this.map = make("div", {
      class: "map", tabindex: "0", role: "application", wordsLabel: "map.map", "data-first": true,
      "data-role": "map", "aria-describedby": `${id}-said`, dir: "ltr",
    }, this.svg);
    this.said = make("p", { id: `${id}-said`, class: "map-said", role: "status" });
    this.lat = coordinate("lat");
    this.lon = coordinate("lon");
    const node = make("form", { class: "map-form", novalidate: true },
      make("div", { class: "map-frame" }, this.map, this.zoomButtons()),
      this.said,
      make("div", { class: "coordinates" }, field("map.lat", this.lat), field("map.lon", this.lon)),
      make("button", { type: "submit", class: "primary", "data-role": "map-send", words: "map.send" }),
      make("p", { class: "map-note", words: "map.note" }));
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    for (const input of [this.lat, this.lon]) input.addEventListener("input", () => this.typed());
    this.map.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("click", (event) => this.click(event));
    this.sheet = openSheet(screen, { title: "map.title", body: node, kind: "map-sheet" });
    this.tell("map.choose");
    placesOf(country).then((places) => this.show(places), () => this.show([]));
  }

  zoomButtons() {
    const button = (name, key, factor) => make("button", {
      type: "button", wordsLabel: key, wordsTitle: key, on: { click: () => this.scale(factor) },
    }, icon(name));
    return make("div", { class: "zoom" },
      button("plus", "map.in", 1.7), button("minus", "map.out", 1 / 1.7));
  }

  tell(key, values = null) {
    label(this.said, key, values);
  }

  show(places) {
    if (!places.length) {
      if (!this.pin) this.tell("map.none");
      return;
    }
    this.places = [...places].sort((a, b) => b.size - a.size);
    this.whole = viewOf(this.places, WIDTH, HEIGHT, 26);
    this.view = this.whole;
    this.draw();
    if (this.pin) this.name(); // typed before the towns were there
  }

  scale(factor) {
    if (!this.view) return;
    this.zoom = Math.min(30, Math.max(1, this.zoom * factor));
    const middle = this.zoom === 1 ? this.whole : this.pin ?? this.view;
    this.view = { ...this.whole, lat: middle.lat, lon: middle.lon, scale: this.whole.scale * this.zoom };
    this.draw();
  }

  // Land is only a soft ground under the towns: we draw no coast and no border.
  draw() {
    const near = this.places.map((place) => ({ place, ...toPixels(this.view, place) }))
      .filter(({ x, y }) => x > -60 && y > -60 && x < WIDTH + 60 && y < HEIGHT + 60);
    const ground = drawn("g", { class: "map-ground" });
    const dots = drawn("g", { class: "map-dots" });
    const names = drawn("g", { class: "map-names" });
    // Names keep clear of each other; those of small towns also of larger towns' dots.
    const taken = [];
    const marks = near.filter(({ place }) => place.size >= 3)
      .map(({ x, y }) => ({ left: x - 3, width: 6, top: y - 6 }));
    const radius = Math.min(60, 22 * Math.sqrt(this.zoom));
    for (const { place, x, y } of near) {
      ground.append(drawn("circle", { cx: x, cy: y, r: radius }));
      const dot = 1.2 + place.size * 0.7;
      dots.append(drawn("circle", { cx: x, cy: y, r: dot, class: `size-${place.size}` }));
      const others = place.size >= 4 ? taken : [...taken, ...marks];
      const box = nameBoxes(place, x, y, dot)
        .find((free) => !others.some((other) => overlap(free, other)));
      if (box) {
        taken.push(box);
        names.append(drawn("text", {
          x: box.anchor, y: y + 3.5, "text-anchor": box.side, class: `size-${place.size}`,
        }, place.name));
      }
    }
    this.marker = drawn("path", { class: "map-pin", d: "M0 0c-6-8-9-12-9-17a9 9 0 0 1 18 0c0 5-3 9-9 17z" });
    this.svg.replaceChildren(
      drawn("rect", { width: WIDTH, height: HEIGHT, class: "map-sea" }), ground, dots, names, this.marker);
    this.drawPin();
  }

  drawPin() {
    this.marker.setAttribute("visibility", this.pin ? "visible" : "hidden");
    if (!this.pin) return;
    const { x, y } = toPixels(this.view, this.pin);
    this.marker.setAttribute("transform", `translate(${x} ${y})`);
  }

  choose({ lat, lon }) {
    this.pin = { lat, lon };
    this.lat.value = lat.toFixed(4);
    this.lon.value = lon.toFixed(4);
    this.name();
    if (!this.view) return;
    const { x, y } = toPixels(this.view, this.pin);
    if (x < 12 || y < 24 || x > WIDTH - 12 || y > HEIGHT - 6) this.scale(1);
    else this.drawPin();
  }

  name() {
    const found = nearest(this.places, this.pin);
    this.near = found && found.far <= NEAR ? found.place.name : null;
    const values = { lat: this.pin.lat.toFixed(4), lon: this.pin.lon.toFixed(4), name: this.near ?? "" };
    this.tell(this.near ? "map.near" : "chat.pin", values);
  }

  click(event) {
    if (!this.view) return;
    const box = this.svg.getBoundingClientRect();
    const point = toPlace(this.view, {
      x: ((event.clientX - box.left) / box.width) * WIDTH,
      y: ((event.clientY - box.top) / box.height) * HEIGHT,
    });
    const town = nearest(this.places, point);
    const reach = (SNAP / this.view.scale) * 111.2;
    this.choose(town && kilometres(town.place, point) <= reach ? town.place : point);
    this.map.focus({ preventScroll: true });
  }

  key(event) {
    if (event.key === "+" || event.key === "=") this.scale(1.7);
    else if (event.key === "-") this.scale(1 / 1.7);
    else if (event.key === "Enter") this.send();
    else if (ARROWS[event.key] && this.view) {
      const next = this.pin
        ? towards(this.view, this.places, this.pin, ...ARROWS[event.key])
        : nearest(this.places, this.view)?.place;
      if (next) this.choose(next);
    } else return;
    event.preventDefault();
  }

  typed() {
    const [lat, lon] = [read(this.lat), read(this.lon)];
    if (!rightful(lat, lon)) {
      this.pin = null;
      if (this.marker) this.drawPin();
      return this.tell(this.lat.value && this.lon.value ? "map.wrong" : "map.choose");
    }
    this.pin = { lat, lon };
    this.name();
    if (this.marker) this.drawPin();
  }

  send() {
    if (!this.pin) {
      const written = this.lat.value && this.lon.value;
      return this.tell(written ? "map.wrong" : "map.choose");
    }
    const pin = { lat: round(this.pin.lat), lon: round(this.pin.lon), near: this.near };
    this.sheet.close();
    this.onSend(pin);
  }
}

function coordinate(which) {
  return make("input", { type: "text", inputmode: "text", "data-role": which, dir: "ltr" });
}

function field(words, input) {
  const node = make("label", { class: "field" }, make("span", { words }), input);
  speak(node);
  return node;
}

// A comma is a decimal point in half our languages.
function read(input) {
  return input.value.trim() === "" ? NaN : Number(input.value.trim().replace(",", ".").replace("−", "-"));
}

function round(degrees) {
  return Math.round(degrees * 1e5) / 1e5;
}

// Where a town's name may go: beside its dot, right or left, inside the map.
function nameBoxes(place, x, y, dot) {
  const width = place.name.length * (4.6 + place.size * 0.3) + 4;
  if (y < 6 || y > HEIGHT - 6 || x < 0 || x > WIDTH) return [];
  const right = x + dot + 3;
  const left = x - dot - 3;
  return [
    { left: right, width, top: y - 6, anchor: right, side: "start" },
    { left: left - width, width, top: y - 6, anchor: left, side: "end" },
  ].filter((box) => box.left > 0 && box.left + width < WIDTH);
}

function overlap(a, b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && Math.abs(a.top - b.top) < 11;
}
