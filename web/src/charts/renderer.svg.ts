// What charts of reports are drawn with: SVG, which is as sharp on paper as the letters beside it.

export { SVGRenderer as RENDERER } from "echarts/renderers";

export const drawn: "canvas" | "svg" = "svg";
