// Flows between stages and places, as the server sends them, and sums over them.

import type { Answer } from "./types";

export interface FlowLink {
  source: string;
  target: string;
  origin: string;
  destination: string;
  material: string;
  material_name: string;
  base: number;
  path: number[];
}

export interface FlowNode { id: string; stage: string; place: string; name: string }

export interface FlowAnswer {
  clock: { start: string; weeks: number; every_weeks?: number };
  stages: string[];
  weeks: number[];
  nodes: FlowNode[];
  links: FlowLink[];
}

export interface Moved { stage: string; next: string; origin: string; destination: string; base: number; now: number }

export function flowsOf(answer: Answer): FlowAnswer {
  return { ...(answer as unknown as FlowAnswer), ...(answer.answer as unknown as FlowAnswer) };
}

const stageOf = (end: string): string => end.slice(0, end.indexOf(":"));

/** Which of the points in time lies at or before `week`. */
export function pointAt(flows: FlowAnswer, week: number): number {
  const later = flows.weeks.findIndex((one) => one > week);
  return later < 0 ? flows.weeks.length - 1 : Math.max(0, later - 1);
}

/** Flows between places, summed over materials (all, or those of one), at one point in time. */
export function movedAt(flows: FlowAnswer, point: number, material: string): Moved[] {
  const found = new Map<string, Moved>();
  for (const link of flows.links) {
    if (material !== "" && link.material !== material) continue;
    const key = `${link.source}>${link.target}`;
    const sum = found.get(key) ?? { stage: stageOf(link.source), next: stageOf(link.target), origin: link.origin, destination: link.destination, base: 0, now: 0 };
    sum.base += link.base;
    sum.now += link.path[point] ?? 0;
    found.set(key, sum);
  }
  return [...found.values()];
}

/** Materials that move, in the order of the stages. */
export function materialsOf(flows: FlowAnswer): [string, string][] {
  const names = new Map(flows.links.map((link) => [link.material, link.material_name]));
  const order = ["ore", "oxide", "metal", "magnet", "assembly", "product"];
  const rank = (code: string): number => order.indexOf(code.split(":")[0] ?? "");
  return [...names].sort((a, b) => rank(a[0]) - rank(b[0]) || a[0].localeCompare(b[0]));
}
