import { defineConfig } from "vite";

const API = process.env.FILIATION_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/filiation/server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "THIRD_PARTY.md" },
    reportCompressedSize: true,
  },
  server: { proxy: { "/map/": API, "/api/": API } },
  // Nothing is measured by the clock: on a busy machine a test may take long.
  test: { environment: "node", include: ["tests/**/*.test.ts"], testTimeout: 60_000 },
});
