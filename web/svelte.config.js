import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
    preprocess: vitePreprocess({ script: true, style: false }),
    compilerOptions: {
        runes: true,
        // A form begins with what its properties were when it was opened: that is meant.
        warningFilter: (warning) => warning.code !== 'state_referenced_locally',
    },
};
