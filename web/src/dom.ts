// Making elements. Styles are set by the object model only, as the content policy refuses them in markup.

export type Child = Node | string | number | null | undefined | false | readonly Child[];
export type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };

export interface Props {
  class?: string | undefined;
  on?: Listeners;
  data?: Record<string, string>;
  [attribute: string]: unknown;
}

function assign(element: Element, props: Props): void {
  for (const [key, value] of Object.entries(props)) {
    if (key === "on" || key === "data" || value === undefined || value === null || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const [key, value] of Object.entries(props.data ?? {})) element.setAttribute(`data-${key}`, value);
  for (const [type, listener] of Object.entries(props.on ?? {})) {
    element.addEventListener(type, listener as EventListener);
  }
}

function add(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(parent, child as readonly Child[]);
    else parent.append(child instanceof Node ? child : String(child));
  }
}

/** An HTML element with attributes, listeners and children. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props?: Props | null, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props) assign(element, props);
  add(element, children);
  return element;
}

/** An SVG element. */
export function s(tag: string, props: Props, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(element, props);
  add(element, children);
  return element;
}

/** Put `children` in place of what `parent` holds. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  add(parent, children);
}

/** Write text only where it differs, so that nothing is laid out again in vain. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A link that leaves dearth; text alone where the address is none of the web. */
export function away(url: string | null | undefined, ...text: Child[]): HTMLElement {
  if (!url || !/^https?:\/\//.test(url)) return h("span", null, ...text);
  return h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, ...text);
}
