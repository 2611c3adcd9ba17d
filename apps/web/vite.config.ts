import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `pnpm dev` finds the hub; the built application is served by the hub itself. */
const hub = process.env['KUBESHARK_HUB'] ?? 'http://127.0.0.1:8899';

export default defineConfig({
  plugins: [react()],
  // Relative to the page's base, which the hub writes into it.
  base: './',
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: hub, ws: true, changeOrigin: false } },
  },
  build: {
    target: 'es2023',
    // Monaco alone is larger than Vite's default of 500 kB; scripts/check-bundle.ts holds the first load to its budget.
    chunkSizeWarningLimit: 4000,
    assetsInlineLimit: 2048,
  },
});
