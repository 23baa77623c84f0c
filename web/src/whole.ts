// A lean answer leaves out what can be known without it: weeks that count from 0, quantiles of a single draw, paths of zeros.

import type { Answer } from "./types";

type Path = Record<string, number[]>;

const BANDS = ["p5", "p10", "p90", "p95"] as const;

function path(found: Path | null, weeks: number): Path {
  const line = found?.["p50"] ?? new Array<number>(weeks + 1).fill(0);
  const counted = (): number[] => Array.from(line, (_one, index) => index);
  const full: Path = { ...found, p50: line, weeks: found?.["weeks"] ?? counted() };
  for (const band of BANDS) full[band] ??= line;
  return full;
}

/** Put back, in place, what a lean answer left out. */
export function whole(answer: Answer): Answer {
  const weeks = (answer.answer["clock"] as { weeks?: number } | undefined)?.weeks ?? 0;
  for (const table of Object.values(answer.answer)) {
    if (!Array.isArray(table)) continue;
    for (const row of table as Record<string, unknown>[]) {
      if (row !== null && typeof row === "object" && "path" in row) row["path"] = path(row["path"] as Path | null, weeks);
    }
  }
  return answer;
}
