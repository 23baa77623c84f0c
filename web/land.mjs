// Writes src/land.json: the outline of land without borders, from Natural Earth 1:110m (public domain), in whole
// tenths of a degree, cut where the map ends at 180 degrees. Run by hand: npm run land.
import { readFileSync, writeFileSync } from "node:fs";
import { feature } from "topojson-client";

const topology = JSON.parse(readFileSync("node_modules/world-atlas/land-110m.json", "utf8"));
const land = feature(topology, topology.objects.land);
const shapes = land.features.flatMap((one) => (one.geometry.type === "Polygon" ? [one.geometry.coordinates] : one.geometry.coordinates));

/** The same ring without jumps from one end of the map to the other. */
function unrolled(ring) {
  let turn = 0;
  return ring.map(([x, y], index) => {
    const before = ring[index - 1]?.[0] ?? x;
    if (x - before > 180) turn -= 360;
    if (x - before < -180) turn += 360;
    return [x + turn, y];
  });
}

/** The part of a ring on one side of a meridian (Sutherland and Hodgman 1974). */
function clipped(ring, at, keepBelow) {
  const inside = ([x]) => (keepBelow ? x <= at : x >= at);
  const found = [];
  ring.forEach((point, index) => {
    const before = ring[(index + ring.length - 1) % ring.length];
    if (inside(point) !== inside(before)) {
      const share = (at - before[0]) / (point[0] - before[0]);
      found.push([at, before[1] + share * (point[1] - before[1])]);
    }
    if (inside(point)) found.push(point);
  });
  return found;
}

function pieces(rings) {
  const ring = unrolled(rings[0]);
  const [low, high] = [Math.min(...ring.map(([x]) => x)), Math.max(...ring.map(([x]) => x))];
  if (low >= -180 && high <= 180) return [[ring, ...rings.slice(1)]];
  const [edge, shift] = high > 180 ? [180, -360] : [-180, 360];
  const home = clipped(ring, edge, shift < 0);
  const away = clipped(ring, edge, shift > 0).map(([x, y]) => [x + shift, y]);
  return [[home, ...rings.slice(1)], [away]].filter(([outer]) => outer.length > 3);
}

const closed = (ring) => (ring[0][0] === ring.at(-1)[0] && ring[0][1] === ring.at(-1)[1] ? ring : [...ring, ring[0]]);
const south = (ring) => Math.max(...ring.map((point) => point[1]));
const kept = shapes.filter((rings) => south(rings[0]) > -60).flatMap(pieces); // Antarctica has no plants
const rounded = kept.map((rings) => rings.map((ring) => closed(ring.map(([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]))));
writeFileSync("src/land.json", `${JSON.stringify(rounded)}\n`);
