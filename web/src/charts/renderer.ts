// What charts are drawn with: on the page a canvas, the quicker one. The build of reports takes `renderer.svg.ts` instead.

export { CanvasRenderer as RENDERER } from "echarts/renderers";

export const drawn: "canvas" | "svg" = "canvas";
