// The calls of an inspector: what is kept, and each new one as it comes.
import { api, Refusal, withQuery, type Page } from '../api/client';
import type { CallSummary, Inspector } from '../api/inspector_types';
import { Stream, type StreamState } from '../api/sse';




export const callsMax = 3000;

export class InspectorCalls {
    calls = $state.raw<CallSummary[]>([]); // Newest first.
    inspector = $state.raw<Inspector | null>(null);
    refusal = $state<Refusal | null>(null);
    isLoading = $state(true);
    streamState = $state<StreamState>('connecting');
    lostAt = $state<number | null>(null);
    isPaused = $state(false);
    /** Came in while paused. */
    held = $state.raw<CallSummary[]>([]);
    endedBecause = $state<string | null>(null);
    dropped = $state(0);
    private next: string | null = null;
    private stream: Stream | null = null;
    private isPaging = false;
    private buffer: CallSummary[] = [];
    private timer: ReturnType<typeof setTimeout> | undefined;
    private base: string;

    constructor(secret: string) {
        this.base = `/api/v1/inspectors/${encodeURIComponent(secret)}`;
    }

    path(rest: string): string {
        return this.base + rest;
    }

    async start(): Promise<void> {
        this.isLoading = true;
        try {
            this.inspector = await api.get<Inspector>(this.base);
            const page = await api.get<Page<CallSummary>>(this.path('/calls'), { query: { limit: 200 } });
            this.calls = page.items;
            this.next = page.next;
            this.refusal = null;
            this.follow(page.items[0]?.n ?? 0);
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            this.refusal = error;
            if (error.isLost) setTimeout(() => void this.start(), 1500);
        } finally {
            this.isLoading = false;
        }
    }

    private follow(after: number): void {
        this.stream?.close();
        this.stream = new Stream(withQuery(this.path('/calls/stream'), { after }), {
            onEvents: (events) => {
                for (const event of events) {
                    if (event.name === 'call') this.buffer.push(JSON.parse(event.data) as CallSummary);
                    else if (event.name === 'inspector.ended') this.endedBecause = (JSON.parse(event.data) as { why?: string }).why ?? 'ended';
                }
                this.timer ??= setTimeout(() => {
                    this.timer = undefined;
                    this.flush();
                }, 40);
            },
            onState: (state) => {
                this.streamState = state;
                if (state === 'live') this.lostAt = null;
                else if (state === 'lost') this.lostAt ??= Date.now();
                else if (state === 'ended') this.endedBecause ??= 'ended';
                // The session is over: the page asks again who is there.
                if (state === 'refused') void this.start();
            },
            onGap: () => {
                this.dropped += 1;
            },
        });
    }

    private flush(): void {
        const fresh = this.buffer.reverse();
        this.buffer = [];
        if (fresh.length === 0) return;
        const newest = Math.max(0, this.calls[0]?.n ?? 0, this.held[0]?.n ?? 0);
        const wanted = fresh.filter(({ n }) => n > newest);
        if (this.isPaused) this.held = [...wanted, ...this.held].slice(0, callsMax);
        else this.calls = [...wanted, ...this.calls].slice(0, callsMax);
        if (this.inspector) this.inspector = { ...this.inspector, calls: Math.max(this.inspector.calls, wanted[0]?.n ?? 0) };
    }

    setPaused(isPaused: boolean): void {
        this.isPaused = isPaused;
        if (isPaused) return;
        this.calls = [...this.held, ...this.calls].slice(0, callsMax);
        this.held = [];
    }

    async more(): Promise<void> {
        if (this.isPaging || this.next === null || this.calls.length >= callsMax) return;
        this.isPaging = true;
        try {
            const page = await api.get<Page<CallSummary>>(this.path('/calls'), { query: { limit: 200, cursor: this.next } });
            const oldest = this.calls.at(-1)?.n ?? Infinity;
            this.calls = [...this.calls, ...page.items.filter(({ n }) => n < oldest)].slice(0, callsMax);
            this.next = page.next;
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
        } finally {
            this.isPaging = false;
        }
    }

    stop(): void {
        this.stream?.close();
        clearTimeout(this.timer);
    }
}

/** Words are sought in the name and the target; a type must fit exactly. */
export function filterCalls(calls: readonly CallSummary[], type: string, words: string): readonly CallSummary[] {
    if (!type && !words) return calls;
    const wanted = words.toLowerCase();
    return calls.filter(
        (call) =>
            (!type || (type === 'lifecycle' ? call.kind === 'lifecycle' : call.name === type)) &&
            (!wanted || `${call.name} ${call.target} ${call.identifier ?? ''}`.toLowerCase().includes(wanted)),
    );
}
