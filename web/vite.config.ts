import { readFileSync } from 'node:fs';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// The page is built for the very server that embeds it, so it knows what that one's API has.
const paths = (JSON.parse(readFileSync(new URL('../src/api/openapi.json', import.meta.url), 'utf8')) as { paths: object }).paths;

export default defineConfig(({ mode }) => ({
    plugins: [svelte(), ...(mode === 'test' ? [svelteTesting()] : [])],
    define: { __HAS_RECEIVERS__: JSON.stringify('/api/v1/receivers' in paths) },
    build: {
        outDir: process.env['POSTHORN_PAGE_OUT'] ?? '../build/page/dist',
        emptyOutDir: true,
        target: 'es2022',
        // A data: address would not pass the page's Content-Security-Policy.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
    },
    // For `npm run dev`: a server of one's own answers the API.
    server: { proxy: { '/api': process.env['POSTHORN_SERVER'] ?? 'http://localhost:8080' } },
    test: { environment: 'node', include: ['src/**/*.test.ts'], pool: 'threads' },
}));
