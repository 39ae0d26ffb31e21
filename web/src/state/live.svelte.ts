// The one live stream of the page, for whoever listens. What comes in a burst is handed on in one go.
import { Stream, type ServerEvent, type StreamState } from '../api/sse';
import { withQuery, type Schemas } from '../api/client';
import { session } from './session.svelte';

export type Happening = Schemas['LiveHappening'] & { kind: string };
type Listener = (happenings: Happening[]) => void;

class Live {
    state = $state<StreamState | 'off'>('off');
    /** Since when nothing comes. */
    lostAt = $state<number | null>(null);
    isPaused = $state(false);
    /** Grows when something may have been missed: views then ask anew. */
    gaps = $state(0);
    private stream: Stream | null = null;
    private key = '';
    private listeners = new Set<Listener>();
    private waiting: Happening[] = [];
    private timer: ReturnType<typeof setTimeout> | undefined;

    /** Follows a tenant, or one add-on of it; '' follows nothing. */
    follow(tenant: string, addon: string | null): void {
        const key = `${tenant}/${addon ?? ''}`;
        if (key === this.key && this.stream) return;
        this.stop();
        this.key = key;
        if (!tenant) return;
        this.stream = new Stream(withQuery('/api/v1/stream', { tenant, addon }), {
            onEvents: (events) => this.take(events),
            onState: (state, status) => {
                this.state = state;
                if (state === 'live') this.lostAt = null;
                else if (state === 'lost') this.lostAt ??= Date.now();
                // The session is over, or was only known to the server before it started again.
                if (state === 'refused' && status === 401) void session.start();
            },
            onGap: () => {
                this.gaps += 1;
            },
        });
    }

    stop(): void {
        this.stream?.close();
        this.stream = null;
        this.key = '';
        this.state = 'off';
        this.lostAt = null;
    }

    /** Hands over at most some thousand happenings ten times a second; a listener that missed more sees a gap. */
    private take(events: ServerEvent[]): void {
        if (this.isPaused) return;
        for (const event of events) {
            try {
                this.waiting.push({ ...(JSON.parse(event.data) as Schemas['LiveHappening']), kind: event.name });
            } catch {
                // No happening of ours.
            }
        }
        if (this.waiting.length > 5000) {
            this.waiting.splice(0, this.waiting.length - 5000);
            this.gaps += 1;
        }
        this.timer ??= setTimeout(() => {
            this.timer = undefined;
            const batch = this.waiting;
            this.waiting = [];
            for (const listener of this.listeners) listener(batch);
        }, 60);
    }

    setPaused(isPaused: boolean): void {
        this.isPaused = isPaused;
        if (!isPaused) this.gaps += 1;
    }

    /** Gives the way to stop listening. */
    listen(listener: Listener): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }
}

export const live = new Live();
