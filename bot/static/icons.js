// Our own drawings, on a 24 by 24 grid, in the colour of the text around them.

import { drawn } from "./make.js";

const strokes = {
  send: "M4 12 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4",
  attach: "M12 5v14M5 12h14",
  microphone: "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4zM6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3",
  photo: "M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 10.2a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z",
  place: "M12 21c4-4.6 6.5-8 6.5-11a6.5 6.5 0 0 0-13 0c0 3 2.5 6.4 6.5 11zM12 7.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z",
  document: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4M10 12h5M10 16h5",
  close: "M6 6l12 12M18 6 6 18",
  list: "M9 7h11M9 12h11M9 17h11M4.5 7h.01M4.5 12h.01M4.5 17h.01",
  reply: "M10 6 4 12l6 6M4 12h9a7 7 0 0 1 7 6",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  down: "M6 9l6 6 6-6",
  stop: "M7 7h10v10H7z",
  again: "M5 12a7 7 0 1 1 2.2 5.100M5 18.5v-4h4",
  waiting: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 1.8",
  sent: "M5 12.5 10 17.5 19 7",
  delivered: "M2.5 12.5 7 17 15.5 7M11 15.5l1.5 1.5L21 7",
  refused: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16h.01",
};

export function icon(name) {
  return drawn("svg", {
    viewBox: "0 0 24 24", class: `icon icon-${name}`, fill: "none", stroke: "currentColor",
    "stroke-width": "1.9", "stroke-linecap": "round", "stroke-linejoin": "round",
    "aria-hidden": "true", focusable: "false",
  }, drawn("path", { d: strokes[name] }));
}
