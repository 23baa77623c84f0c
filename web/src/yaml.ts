// A scenario as YAML, plain enough that any reader reads it the same.

function scalar(value: unknown): string {
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  return JSON.stringify(value ?? null);
}

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      if (item === null || typeof item !== "object") return [`${indent}- ${scalar(item)}`];
      const [first = "", ...rest] = lines(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value as Record<string, unknown>).flatMap(([key, item]) => {
    const name = /^[A-Za-z_][\w.-]*$/.test(key) ? key : JSON.stringify(key);
    if (item === null || item === undefined) return [];
    if (typeof item !== "object") return [`${indent}${name}: ${scalar(item)}`];
    const empty = Array.isArray(item) ? item.length === 0 : Object.keys(item).length === 0;
    if (empty) return [`${indent}${name}: ${Array.isArray(item) ? "[]" : "{}"}`];
    return [`${indent}${name}:`, ...lines(item, `${indent}  `)];
  });
}

export function yaml(value: Record<string, unknown>): string {
  return `${lines(value, "").join("\n")}\n`;
}
