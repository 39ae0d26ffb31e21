// The receivers and what their breakers do, asked for as long as some view shows them, by whoever may see them.
import { api, Refusal, type Page, type Schemas } from '../api/client';
import { receiverOf } from '../text/receivers';
import { live } from './live.svelte';
import { session } from './session.svelte';

type Receiver = Schemas['Receiver'];
const every = 5000;
// With more than this, the page is not the place to look at all of them.
const pagesMax = 10;

class Receivers {
    list = $state.raw<Receiver[]>([]);
    private followers = 0;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private isAsking = false;
    private stopListening: (() => void) | undefined;

    /** Asks now, again and again, and when something happens to one, until what this gives is called. */
    follow(): () => void {
        if (!session.maySeeServer) return () => {};
        this.followers += 1;
        if (this.followers === 1) {
            this.stopListening = live.listen((happenings) => {
                if (happenings.some(({ kind }) => kind.startsWith('receiver.'))) this.askIn(100);
            });
        }
        void this.ask();
        return () => {
            this.followers -= 1;
            if (this.followers > 0) return;
            clearTimeout(this.timer);
            this.stopListening?.();
        };
    }

    at(baseUrl: string): Receiver | null {
        const origin = receiverOf(baseUrl);
        return this.list.find(({ receiver }) => receiver === origin) ?? null;
    }

    /** Throws Refusal. */
    async set(receiver: string, what: 'pause' | 'resume'): Promise<void> {
        await api.post(`/api/v1/receivers/${encodeURIComponent(receiver)}/${what}`);
        await this.ask();
    }

    private askIn(ms: number): void {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => void this.ask(), ms);
    }

    private async ask(): Promise<void> {
        if (this.isAsking) return;
        this.isAsking = true;
        try {
            const found: Receiver[] = [];
            let cursor: string | null = null;
            for (let pages = 0; pages < pagesMax && !document.hidden; pages += 1) {
                const page: Page<Receiver> = await api.get('/api/v1/receivers', { query: { limit: 500, cursor } });
                found.push(...page.items);
                cursor = page.next;
                if (cursor === null) break;
            }
            if (!document.hidden) this.list = found;
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
        } finally {
            this.isAsking = false;
            if (this.followers > 0) this.askIn(every);
        }
    }
}

export const receivers = new Receivers();
