// Builds the page into the Python package. Names are stable, so that the files can be committed and compared.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: process.env.DEARTH_STATIC ?? "../src/dearth/faces/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    sourcemap: false,
    license: { fileName: "licences.md" },
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      output: {
        entryFileNames: "page.js",
        chunkFileNames: "assets/[name].js",
        codeSplitting: { groups: [{ name: "echarts", test: /node_modules/ }] },
        assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "page.css" : "assets/[name][extname]"),
      },
    },
  },
});
