// Something asked of the API: loading, here, or refused; asked anew when what it depends on changes.
import { untrack } from 'svelte';

import { Refusal } from '../api/client';
import { session } from './session.svelte';

export class Loaded<T> {
    value = $state.raw<T | null>(null);
    refusal = $state<Refusal | null>(null);
    isLoading = $state(true);
    private turn = 0;
    private abort: AbortController | null = null;

    constructor(private ask: (signal: AbortSignal) => Promise<T>) {}

    /** The value before stays while the new one is asked for, unless `forget`. */
    async load({ forget = false } = {}): Promise<void> {
        const turn = ++this.turn;
        this.abort?.abort();
        this.abort = new AbortController();
        if (forget) this.value = null;
        this.isLoading = true;
        try {
            const value = await this.ask(this.abort.signal);
            if (turn !== this.turn) return;
            this.value = value;
            this.refusal = null;
        } catch (error) {
            if (turn !== this.turn) return;
            if (error instanceof Refusal) {
                // A lost server is told of above; what is here stays.
                if (!error.isLost || this.value === null) this.refusal = error;
            } else {
                throw error;
            }
        } finally {
            if (turn === this.turn) this.isLoading = false;
        }
    }

    stop(): void {
        this.turn += 1;
        this.abort?.abort();
    }
}

/** Loads now, when `depends` changes, and when a lost server is back. Call while a component is made. */
export function loaded<T>(depends: () => unknown, ask: (signal: AbortSignal) => Promise<T>): Loaded<T> {
    const loading = new Loaded(ask);
    let before: string | null = null;
    let wasLost = false;
    $effect(() => {
        const now = JSON.stringify(depends() ?? null);
        const isLost = session.lostAt !== null;
        untrack(() => {
            if (now !== before) void loading.load({ forget: before !== null });
            else if (wasLost && !isLost) void loading.load();
            before = now;
            wasLost = isLost;
        });
    });
    $effect(() => () => loading.stop());
    return loading;
}
