// Where things are on the drawn map: pure sums, no drawing.
// A place is { name, lat, lon, size }; degrees, size 1 (village) to 5 (capital).

const KM_PER_DEGREE = 111.2;

// A view is { lat, lon, scale, squeeze }: its middle, pixels per degree of latitude,
// and how much shorter a degree of longitude is there.
export function viewOf(places, width, height, margin) {
  const lats = places.map((place) => place.lat);
  const lons = places.map((place) => place.lon);
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const lat = (south + north) / 2;
  const squeeze = Math.max(0.1, Math.cos((lat * Math.PI) / 180));
  const scale = Math.min(
    (width - 2 * margin) / Math.max((east - west) * squeeze, 0.2),
    (height - 2 * margin) / Math.max(north - south, 0.2),
  );
  return { lat, lon: (west + east) / 2, scale, squeeze, width, height };
}

export function toPixels(view, { lat, lon }) {
  return {
    x: view.width / 2 + (lon - view.lon) * view.squeeze * view.scale,
    y: view.height / 2 - (lat - view.lat) * view.scale,
  };
}

export function toPlace(view, { x, y }) {
  return {
    lat: view.lat - (y - view.height / 2) / view.scale,
    lon: view.lon + (x - view.width / 2) / (view.squeeze * view.scale),
  };
}

export function kilometres(a, b) {
  const squeeze = Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return KM_PER_DEGREE * Math.hypot(a.lat - b.lat, (a.lon - b.lon) * squeeze);
}

export function nearest(places, point) {
  let best = null;
  for (const place of places) {
    const far = kilometres(place, point);
    if (!best || far < best.far) best = { place, far };
  }
  return best;
}

// The next town from `from` towards (dx, dy), pixels on the map; null when none lies there.
export function towards(view, places, from, dx, dy) {
  const here = toPixels(view, from);
  let best = null;
  for (const place of places) {
    const there = toPixels(view, place);
    const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
    const aside = Math.abs((there.x - here.x) * dy - (there.y - here.y) * dx);
    if (along < 0.5) continue;
    // What lies straight ahead is preferred to what is near but beside.
    const cost = along + 2.5 * aside;
    if (!best || cost < best.cost) best = { place, cost };
  }
  return best?.place ?? null;
}

export function rightful(lat, lon) {
  return Number.isFinite(lat) && Number.isFinite(lon) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
}
