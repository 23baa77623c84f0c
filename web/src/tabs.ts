// Which views there are. Studies come from the catalogue of the server: one without a view of its own is shown plainly.

import type { StudyEntry } from "./types";
import type { Opener } from "./view";
import { has, t, type Key } from "./words";

export interface Tab { name: string; title: string; line: string; study?: StudyEntry }

const OPENERS: Readonly<Record<string, () => Promise<Opener>>> = {
  countdown: async () => (await import("./views/countdown")).openCountdown,
  price: async () => (await import("./views/price")).openPrice,
  horizon: async () => (await import("./views/horizon")).openHorizon,
  plan: async () => (await import("./views/plan")).openPlan,
  flows: async () => (await import("./views/flows")).openFlows,
  map: async () => (await import("./views/map")).openMap,
  compare: async () => (await import("./views/compare")).openCompare,
  timeline: async () => (await import("./views/timeline")).openTimeline,
  assumptions: async () => (await import("./views/assumptions")).openAssumptions,
  firm: async () => (await import("./views/firm")).openFirm,
  licence: async () => (await import("./views/licence")).openLicence,
  validation: async () => (await import("./views/validation")).openValidation,
  book: async () => (await import("./views/book")).openBook,
};

const AFTER = ["flows", "map", "compare", "timeline", "assumptions", "firm", "licence", "validation", "book"];
const FIRST = ["countdown", "price"];
/** Studies that a view of their own already shows under another name. */
const SHOWN: Readonly<Record<string, string>> = { validate: "validation" };

function titleOf(name: string): string {
  const key = `view.${name}`;
  return has(key) ? t(key as Key) : name.charAt(0).toUpperCase() + name.slice(1);
}

/** The views, in the order of the navigation. */
export function tabsOf(studies: readonly StudyEntry[]): Tab[] {
  const byName = new Map(studies.map((study) => [study.name, study]));
  const later = studies.map((study) => study.name).filter((name) => !FIRST.includes(name) && !AFTER.includes(name) && !(name in SHOWN));
  const names = [...FIRST.filter((name) => byName.has(name)), ...later, ...AFTER.filter((name) => name in OPENERS)];
  return names.map((name) => {
    const study = byName.get(name);
    const title = titleOf(name);
    return { name, title, line: study?.line ?? title, ...(study ? { study } : {}) };
  });
}

/** What opens the view called `name`. */
export async function openerOf(name: string, tabs: readonly Tab[]): Promise<Opener> {
  const own = OPENERS[name];
  if (own) return own();
  const study = tabs.find((tab) => tab.name === name)?.study;
  if (!study) return (await (OPENERS["countdown"] as () => Promise<Opener>)());
  const { openStudy } = await import("./views/study");
  return (shell) => openStudy(shell, study);
}
