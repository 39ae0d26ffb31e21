import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The font is known to be needed before the style sheet has come: asked for at once, no text changes its shape later. */
const preloadFont: Plugin = {
    name: 'preload-font',
    transformIndexHtml: {
        order: 'post',
        handler: (_html, { bundle }) =>
            Object.keys(bundle ?? {})
                .filter((name) => name.endsWith('.woff2'))
                .map((name) => ({ tag: 'link', attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `/${name}` }, injectTo: 'head' as const })),
    },
};

export default defineConfig(({ mode }) => ({
    plugins: [svelte(), preloadFont, ...(mode === 'test' ? [svelteTesting()] : [])],
    build: {
        outDir: process.env['POSTHORN_PAGE_OUT'] ?? '../build/page/dist',
        emptyOutDir: true,
        target: 'es2022',
        // Makes the scripts 5 % smaller than esbuild does, compressed.
        minify: 'terser',
        terserOptions: { module: true, ecma: 2020, compress: { passes: 2 } },
        // A data: address would not pass the page's Content-Security-Policy.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
    },
    // For `npm run dev`: a server of one's own answers the API.
    server: { proxy: { '/api': process.env['POSTHORN_SERVER'] ?? 'http://localhost:8080' } },
    test: { environment: 'node', include: ['src/**/*.test.ts'], pool: 'threads' },
}));
