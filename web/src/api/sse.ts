// Server-sent events over fetch, so that Last-Event-ID and the wait before the next try are ours to say.

export interface ServerEvent {
    id: string;
    name: string;
    data: string;
}

/** Takes the text of a stream as it comes, and gives whole events (HTML standard, section 9.2.6). */
export class SseParser {
    private rest = '';
    private id = '';
    private name = '';
    private data: string[] = [];

    push(text: string): ServerEvent[] {
        const events: ServerEvent[] = [];
        this.rest += text;
        for (;;) {
            const end = this.rest.search(/\r\n|\n|\r(?!$)/);
            if (end < 0) return events;
            const line = this.rest.slice(0, end);
            this.rest = this.rest.slice(end + (this.rest.startsWith('\r\n', end) ? 2 : 1));
            if (line === '') {
                if (this.data.length > 0) events.push({ id: this.id, name: this.name || 'message', data: this.data.join('\n') });
                this.name = '';
                this.data = [];
                continue;
            }
            const colon = line.indexOf(':');
            const field = colon < 0 ? line : line.slice(0, colon);
            const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
            if (field === 'data') this.data.push(value);
            else if (field === 'event') this.name = value;
            else if (field === 'id') this.id = value;
        }
    }
}

export type StreamState = 'connecting' | 'live' | 'lost' | 'refused' | 'ended';

export interface StreamOptions {
    onEvents: (events: ServerEvent[]) => void;
    onState: (state: StreamState, status: number) => void;
    /** The server keeps nothing that far back: what is shown must be asked for again. */
    onGap?: () => void;
}

/** Follows a stream until close(), resuming behind the last event seen. */
export class Stream {
    private abort = new AbortController();
    private lastId = '';
    private tries = 0;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private silence: ReturnType<typeof setTimeout> | undefined;
    private isClosed = false;
    private wasLive = false;
    private wakeUp = () => this.retryNow();

    constructor(
        private url: string,
        private options: StreamOptions,
    ) {
        globalThis.addEventListener?.('online', this.wakeUp);
        void this.run();
    }

    close(): void {
        this.isClosed = true;
        clearTimeout(this.timer);
        clearTimeout(this.silence);
        globalThis.removeEventListener?.('online', this.wakeUp);
        this.abort.abort();
    }

    private retryNow(): void {
        if (this.timer === undefined || this.isClosed) return;
        clearTimeout(this.timer);
        this.timer = undefined;
        void this.run();
    }

    /** The server sends a comment every 15 s; a connection that is silent for much longer is dead. */
    private heard(): void {
        clearTimeout(this.silence);
        this.silence = setTimeout(() => this.abort.abort(), 45_000);
    }

    private async run(): Promise<void> {
        this.options.onState(this.wasLive ? 'lost' : 'connecting', 0);
        this.abort = new AbortController();
        let status = 0;
        try {
            const headers: Record<string, string> = { Accept: 'text/event-stream' };
            if (this.lastId) headers['Last-Event-ID'] = this.lastId;
            this.heard();
            const response = await fetch(this.url, { headers, signal: this.abort.signal, credentials: 'same-origin', cache: 'no-store' });
            status = response.status;
            if (!response.ok || !response.body) throw new Error(`status ${status}`);
            this.tries = 0;
            // Without an id there is nothing to resume behind: what happened meanwhile must be asked for.
            if (this.wasLive && !this.lastId) this.options.onGap?.();
            this.wasLive = true;
            this.options.onState('live', status);
            const parser = new SseParser();
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            for (;;) {
                const { done, value } = await reader.read();
                if (done) break;
                this.heard();
                const events = parser.push(value);
                const last = events.at(-1);
                if (last?.id) this.lastId = last.id;
                const wanted = events.filter((event) => event.name !== 'gap' && event.name !== 'stream.gap');
                if (wanted.length < events.length) this.options.onGap?.();
                if (wanted.length > 0) this.options.onEvents(wanted);
            }
        } catch {
            // A break, a refusal or close(): told apart below.
        }
        clearTimeout(this.silence);
        if (this.isClosed) return;
        if (status === 401 || status === 403 || status === 404 || status === 410) {
            this.options.onState(status === 404 || status === 410 ? 'ended' : 'refused', status);
            return;
        }
        this.options.onState('lost', status);
        this.tries += 1;
        const wait = Math.min(5000, 250 * 2 ** Math.min(this.tries, 5)) * (0.75 + Math.random() / 2);
        this.timer = setTimeout(() => {
            this.timer = undefined;
            if (!this.isClosed) void this.run();
        }, wait);
    }
}
