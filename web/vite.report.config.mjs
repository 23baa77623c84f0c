// Builds what is written into every report: one script without imports, and one style sheet. `--mode charts` draws and tells,
// `--mode reading` only tells. Names are stable, so that the files can be committed and compared.
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const NOTICE = {
  charts: "/*! dearth, Apache-2.0. Holds Apache ECharts, Apache-2.0, (c) The Apache Software Foundation, and zrender, BSD-3-Clause, (c) Baidu Inc. */",
  reading: "/*! dearth, Apache-2.0. */",
};

export default defineConfig(({ mode }) => ({
  base: "./",
  publicDir: false,
  define: { "process.env.NODE_ENV": '"production"' },
  resolve: { alias: [{ find: /^\.\/renderer$/, replacement: here("src/charts/renderer.svg.ts") }] },
  build: {
    outDir: process.env.DEARTH_BAKED ?? "../src/dearth/faces/baked",
    emptyOutDir: mode === "charts",
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    sourcemap: false,
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      input: here(`src/report/${mode}.ts`),
      output: { format: "iife", codeSplitting: false, postBanner: NOTICE[mode], entryFileNames: `${mode}.js`, assetFileNames: "report[extname]" },
    },
  },
}));
