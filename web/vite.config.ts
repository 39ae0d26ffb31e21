import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
    plugins: [svelte(), ...(mode === 'test' ? [svelteTesting()] : [])],
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
