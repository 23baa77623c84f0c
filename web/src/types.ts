// What the server sends, as far as the page reads it. Anything else is passed over.

export interface Fault { what: string; where: string; why: string; cure: string }

export interface SourceRow {
  id: string;
  quantity?: string;
  value?: number | null;
  low?: number | null;
  high?: number | null;
  unit?: string;
  date?: string;
  kind?: string;
  source?: string;
  url?: string;
  grade?: string;
  terms?: string;
  note?: string;
  influence?: number | null;
  [other: string]: unknown;
}

export interface StudyEntry { name: string; line: string; options: string[]; views: string[] }

export interface ScenarioEntry { name: string; title: string; description: string; start?: string; weeks?: number }

export interface ScenarioEvent {
  id: string;
  date: string;
  what: string;
  source: string;
  url?: string | null;
  action?: string;
  acts?: boolean;
  in_force?: boolean;
  [other: string]: unknown;
}

export interface PlainScenario {
  name: string;
  title: string;
  description: string;
  start: string;
  as_of: string;
  weeks: number;
  seed: number;
  draws: number;
  events: Record<string, unknown>[];
  set: Record<string, number>;
  [other: string]: unknown;
}

export interface SliderEntry {
  key: string;
  title: string;
  unit: string;
  minimum: number;
  maximum: number;
  step: number;
  default: number;
  group?: string;
  quantity?: string;
  source?: SourceRow | null;
}

export interface Answer {
  dearth: string;
  study: string;
  book: { version: string; sha256: string };
  scenario: { name: string; title?: string; sha256: string };
  as_of: string;
  seed: number;
  draws: number;
  question: Record<string, unknown>;
  answer: Record<string, unknown>;
  sources: SourceRow[];
  warnings: string[];
}

export interface Band { p10: number | null; p50: number | null; p90: number | null }
export interface Crossing extends Band { ever: number; date_p50: string | null; plain: number | null; added: number | null }
export interface Path { weeks: number[]; p10: number[]; p50: number[]; p90: number[] }

export interface Binding { material: string; material_name: string; stage: string; held: string | null; share: number; input_name?: string }

export interface SectorRow {
  sector: string;
  sector_name: string;
  place: string;
  place_name: string;
  need_t_per_year: number;
  stopped: Record<string, Crossing>;
  binding: Binding | null;
  peak_stopped: Band;
  lost_share: Band;
  recovery_weeks: Band;
  never: string | null;
  path?: Path;
}

export interface CountdownAnswer {
  clock: { start: string; weeks: number; step_weeks: number };
  rows: SectorRow[];
  groups: SectorRow[];
  priors: SourceRow[];
}

export interface PriceRow {
  good: string;
  good_name: string;
  place: string;
  place_name: string;
  tier: string;
  start: Band;
  peak: { value: Band; times_start: Band; week: Band; date_p50: string | null; moved: number; still_rising: number };
  end: Band;
  share_of_tonnes: { start: Band; peak: Band; run: Band };
  tonnes_per_week: { start: Band; peak: Band; run: Band };
  path?: Path & { p5?: number[]; p95?: number[] };
}

export interface PriceGood { good: string; name: string; moved: number; reading: string; sentence: string; [other: string]: unknown }

export interface PriceAnswer {
  clock: { start: string; weeks: number };
  goods: PriceGood[];
  rows: PriceRow[];
  by_construction?: SourceRow[];
}
