// The outline of land, without borders, and the projection it is drawn in.

import { LinesChart } from "echarts/charts";
import { GeoComponent } from "echarts/components";
import { registerMap, use } from "echarts/core";

import land from "../land.json";

use([GeoComponent, LinesChart]);

const RAD = Math.PI / 180;

const outline = { type: "FeatureCollection", features: [{ type: "Feature", properties: { name: "land" }, geometry: { type: "MultiPolygon", coordinates: land as number[][][][] } }] };

registerMap("land", outline as unknown as Parameters<typeof registerMap>[1]);

/** Natural Earth I: T. Patterson, B. Savric, B. Jenny (2011), "A polynomial equation for the Natural Earth projection". */
function project([lon, lat]: number[]): number[] {
  const phi = (lat ?? 0) * RAD;
  const p2 = phi * phi;
  const p4 = p2 * p2;
  const x = (lon ?? 0) * RAD * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)));
  const y = phi * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)));
  return [x / RAD, -y / RAD];
}

/** The inverse, by Newton steps on the latitude. */
function unproject([x, y]: number[]): number[] {
  let lat = -(y ?? 0);
  for (let step = 0; step < 8; step += 1) {
    const off = -(project([0, lat])[1] ?? 0) + (y ?? 0);
    const slope = (-(project([0, lat + 0.01])[1] ?? 0) + (project([0, lat])[1] ?? 0)) / 0.01;
    lat -= off / slope;
  }
  const width = (project([1, lat])[0] ?? 1) || 1;
  return [(x ?? 0) / width, lat];
}

export const PROJECTION = { project, unproject };
