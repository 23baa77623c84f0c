// May this leave? The facts of a shipment in, the dated rules that speak out, each test of them in a trace.

import { once, post } from "../api";
import { away, fill, h, type Child } from "../dom";
import { problemBox } from "../problem";
import { state } from "../store";
import type { Answer } from "../types";
import type { Shell, View } from "../view";
import { day, has, t, type Key } from "../words";

type Case = Record<string, unknown>;
interface FactKind { name: string; type?: string; values?: unknown[]; question?: string }
interface Template { shipment?: Case; cases?: { name: string; title: string; case: Case }[]; facts?: FactKind[] }
interface Rule { rule: string; effect: string; truth: string; instrument?: string | null; number?: string | null; article?: string | null; effective?: string | null; paraphrase?: string | null; presumption?: string | null; note?: string | null; url?: string | null; unknown?: string[] }
interface Missing { fact: string; question: string; could_bring: string; rules: string[] }
interface Step { fact?: string; op?: string; value?: unknown; found?: unknown; truth: string }
interface Traced { rule: string; status: string; truth: string; steps?: Step[] }
interface Found { determination: string; worst_case: string; settled: boolean; hits: Rule[]; possible: Rule[]; duties: Rule[]; missing: Missing[]; trace?: Traced[]; deciding: string[]; codes?: string[]; in_words?: Record<string, string>; documents?: { document: string; rule: string }[] }

interface Field { key: string; label: Key; type: string; wide?: boolean }

const FIELDS: readonly Field[] = [
  { key: "title", label: "case.title", type: "text", wide: true },
  { key: "on", label: "case.on", type: "date" },
  { key: "from", label: "case.from", type: "text" },
  { key: "to", label: "case.to", type: "text" },
  { key: "origin", label: "case.origin", type: "text" },
  { key: "goods", label: "case.goods", type: "text", wide: true },
  { key: "hs", label: "case.hs", type: "text" },
  { key: "use", label: "case.use", type: "text" },
  { key: "end_user.name", label: "case.user", type: "text" },
  { key: "end_user.country", label: "case.userCountry", type: "text" },
  { key: "consignee.name", label: "case.consignee", type: "text" },
  { key: "consignee.country", label: "case.consigneeCountry", type: "text" },
];

const EXAMPLE: Case = { id: "PO-4711", title: "dysprosium oxide for a magnet maker", on: "2026-03-02", from: "CN", to: "JP", origin: "CN", goods: "dysprosium oxide 99.9 %", use: "civil" };

function read(from: Case, key: string): string {
  const [outer = "", inner] = key.split(".");
  const value = from[outer];
  const found = inner === undefined ? value : (value as Case | undefined)?.[inner];
  return found === undefined || found === null ? "" : Array.isArray(found) ? found.join(", ") : String(found);
}

function put(into: Case, key: string, text: string): void {
  const [outer = "", inner] = key.split(".");
  if (inner === undefined) {
    if (text === "") delete into[outer];
    else into[outer] = text;
    return;
  }
  const part: Case = { ...(into[outer] as Case | undefined) };
  if (text === "") delete part[inner];
  else part[inner] = text;
  if (Object.keys(part).length === 0) delete into[outer];
  else into[outer] = part;
}

/** What an effect means: in English the words of the rules themselves. */
function effect(code: string, words?: Record<string, string>): string {
  const key = `licence.${code}`;
  const english = words?.[code];
  if (english && state().lang === "en") return english.charAt(0).toUpperCase() + english.slice(1);
  return has(key) ? t(key) : (english ?? code);
}

function value(kind: FactKind | undefined, text: string): unknown {
  if (kind?.type === "flag" || /^(true|false)$/.test(text)) return text === "true";
  if (kind?.type === "choices") return text.split(/[,，\s]+/).filter(Boolean);
  if (kind?.type === "number" || kind?.type === "percent") return Number(text);
  return text;
}

function ruleOf(rule: Rule): HTMLElement {
  const head = [rule.instrument, rule.number, rule.article].filter(Boolean).join(", ");
  return h(
    "li",
    { lang: "en" },
    h("b", null, away(rule.url, head || rule.rule)),
    h("span", { class: "soft" }, ` ${rule.rule}${rule.effective ? ` · ${day(rule.effective)}` : ""}`),
    rule.paraphrase ? h("p", null, rule.paraphrase) : null,
    rule.presumption ? h("p", { class: "soft" }, rule.presumption) : null,
    rule.note ? h("p", { class: "soft" }, rule.note) : null,
  );
}

function rulesOf(title: Key, rules: readonly Rule[], open: boolean): Child {
  if (rules.length === 0) return null;
  return h("details", { class: "more", open }, h("summary", null, `${t(title)} (${rules.length})`), h("ul", { class: "plain rules" }, ...rules.map(ruleOf)));
}

const TRUTH: Readonly<Record<string, Key>> = { true: "truth.true", false: "truth.false", unknown: "truth.unknown" };

function truth(code: string): HTMLElement {
  const key = TRUTH[code];
  return h("span", { class: `truth ${code}` }, key ? t(key) : code);
}

function traceOf(trace: readonly Traced[] | undefined): Child {
  if (!trace || trace.length === 0) return null;
  const text = (found: unknown): string => (found === null || found === undefined ? "–" : Array.isArray(found) ? found.join(", ") : String(found));
  const steps = (one: Traced): HTMLElement =>
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": one.rule },
      h("table", null, h("thead", null, h("tr", null, ...(["trace.fact", "trace.test", "trace.found", "trace.truth"] as const).map((key) => h("th", { scope: "col" }, t(key))))), h("tbody", null, ...(one.steps ?? []).map((step) => h("tr", null, h("td", null, h("code", null, step.fact ?? "")), h("td", null, `${step.op ?? ""} ${step.value === null || step.value === undefined ? "" : text(step.value)}`), h("td", null, text(step.found)), h("td", null, truth(step.truth)))))),
    );
  return h("details", { class: "more" }, h("summary", null, `${t("licence.trace")} (${trace.length})`), ...trace.map((one) => h("details", { class: "inner" }, h("summary", null, h("code", null, one.rule), " ", truth(one.truth)), steps(one))));
}

export async function openLicence(shell: Shell): Promise<View> {
  const template = await once<Template>("licence/template").catch((): Template => ({}));
  const example = template.shipment ?? EXAMPLE;
  const kinds = new Map((template.facts ?? []).map((fact) => [fact.name, fact]));
  let now: Case = structuredClone(example);
  const result = h("div", { "aria-live": "polite" });
  const form = h("form", { class: "caseform" });
  const sent = h("pre", { tabindex: 0 });

  function fields(): void {
    const rows = FIELDS.map((field) => {
      const id = `case-${field.key}`;
      const input = h("input", { type: field.type, id, value: read(now, field.key), autocomplete: "off" });
      input.addEventListener("change", () => {
        put(now, field.key, input.value.trim());
        sent.textContent = JSON.stringify(now, null, 1);
      });
      return h("label", { class: field.wide ? "field wide" : "field", for: id }, t(field.label), input);
    });
    const cases = template.cases ?? [];
    const choose = h("select", { id: "case-example" }, h("option", { value: "" }, "–"), ...cases.map((one, index) => h("option", { value: String(index) }, one.title || one.name)));
    choose.addEventListener("change", () => {
      const found = cases[Number(choose.value)];
      if (!found) return;
      now = structuredClone(found.case);
      fields();
      void decide();
    });
    fill(form, cases.length > 0 ? h("label", { class: "field wide", for: "case-example" }, t("licence.example"), choose) : null, ...rows, h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("licence.decide"))));
    sent.textContent = JSON.stringify(now, null, 1);
  }

  async function decide(): Promise<void> {
    try {
      const answer = await post<Answer>("licence", now);
      show(answer);
    } catch (error) {
      fill(result, problemBox(error));
    }
  }

  function ask(missing: Missing): HTMLElement {
    const kind = kinds.get(missing.fact);
    const id = `fact-${missing.fact}`;
    const options = kind?.type === "flag" ? ["true", "false"] : (kind?.values ?? []).map(String);
    const label = (code: string): string => (code === "true" ? t("yes") : code === "false" ? t("no") : code);
    const input = options.length > 0 && kind?.type !== "choices" ? h("select", { id }, h("option", { value: "" }, "–"), ...options.map((code) => h("option", { value: code }, label(code)))) : h("input", { type: "text", id });
    input.addEventListener("change", () => {
      if (input.value.trim() === "") return;
      now = { ...now, facts: { ...(now["facts"] as Case | undefined), [missing.fact]: value(kind, input.value.trim()) } };
      sent.textContent = JSON.stringify(now, null, 1);
      void decide();
    });
    return h("li", null, h("label", { for: id, lang: "en" }, missing.question), " ", input, h("small", { class: "block" }, h("code", null, missing.fact), ` → ${effect(missing.could_bring)}`));
  }

  function show(answer: Answer): void {
    const found = answer.answer as unknown as Found;
    const head = effect(found.determination, found.in_words);
    const worst = found.worst_case === found.determination ? "" : t("licence.worst", { what: effect(found.worst_case, found.in_words) });
    const end = t("stop");
    shell.headline(head + end, worst ? worst + end : t(found.settled ? "licence.settled" : "licence.unsettled"), true);
    const decides = found.hits.filter((rule) => found.deciding.includes(rule.rule));
    const others = found.hits.filter((rule) => !found.deciding.includes(rule.rule));
    fill(
      result,
      h("p", { class: "soft" }, `${t("licence.help")} ${t("licence.notAdvice")}`),
      rulesOf("licence.deciding", decides, true),
      found.missing.length > 0 ? h("section", null, h("h2", null, t("licence.missing")), h("ul", { class: "plain missing" }, ...found.missing.map(ask))) : null,
      rulesOf("licence.also", others, false),
      rulesOf("licence.possible", found.possible, false),
      rulesOf("licence.duties", found.duties, false),
      (found.documents ?? []).length > 0 ? h("details", { class: "more" }, h("summary", null, t("licence.documents")), h("ul", { lang: "en" }, ...(found.documents ?? []).map((one) => h("li", null, one.document, " ", h("code", null, one.rule))))) : null,
      traceOf(found.trace),
      answer.warnings.length > 0 ? h("ul", { class: "soft", lang: "en" }, ...answer.warnings.map((one) => h("li", null, one))) : null,
    );
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void decide();
  });
  fields();
  shell.headline(t("licence.title"), t("licence.help"), true);
  void decide();
  const element = h("section", { "aria-label": t("view.licence") }, h("div", { class: "columns" }, h("div", { class: "card" }, form, h("details", { class: "more" }, h("summary", null, t("licence.case")), sent)), result));
  return { element };
}
