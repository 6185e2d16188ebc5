import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { loadEnv } from 'vite';
import { defineConfig } from 'vitest/config';
import { thirdParty } from './scripts/third-party.mjs';

export default defineConfig({
  base: '/admin/',
  plugins: [
    svelte({
      // Our own components use runes; those of the packages decide for themselves.
      dynamicCompileOptions: ({ filename }) => (filename.includes('node_modules') ? { runes: undefined } : undefined),
    }),
    svelteTesting(),
    thirdParty(),
  ],
  server: { proxy: { '/api': loadEnv('', '.', 'VITRINE_').VITRINE_URL ?? 'http://127.0.0.1:8080' } },
  build: {
    target: 'es2022',
    // light-dark() and field-sizing stay as they are written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // /admin/assets/ID is a screen.
    assetsDir: '_built',
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'scripts/**/*.test.mjs'],
    setupFiles: ['src/test-setup.ts'],
  },
});
