// The rows of the list of deliveries: pages of the API, and what comes in live on top.
import { api, Refusal, tenantPath, type Page, type Schemas } from '../api/client';
import type { Happening } from '../state/live.svelte';
import { apiQuery, fits, type Filters } from '../text/filters';

export type Delivery = Schemas['Delivery'];

/** So many rows are held; who wants to go further back sets filters. */
export const rowsMax = 4000;
const pageSize = 100;

export class DeliveryList {
    rows = $state.raw<Delivery[]>([]);
    /** Newer rows that wait until the reader is at the top. */
    waiting = $state.raw<Delivery[]>([]);
    refusal = $state<Refusal | null>(null);
    isLoading = $state(true);
    hasMore = $state(false);
    private next: string | null = null;
    private turn = 0;
    private isPaging = false;
    private headTimer: ReturnType<typeof setTimeout> | undefined;
    private isHeadUnderWay = false;
    private isHeadWanted = false;
    isAtTop = true;

    constructor(
        private tenant: string,
        private filters: Filters,
    ) {}

    private page(cursor: string | null, limit = pageSize): Promise<Page<Delivery>> {
        return api.get<Page<Delivery>>(tenantPath(this.tenant, 'deliveries'), {
            query: { ...apiQuery(this.filters, Date.now()), limit, cursor },
        });
    }

    async load(): Promise<void> {
        const turn = ++this.turn;
        this.isLoading = true;
        try {
            const page = await this.page(null);
            if (turn !== this.turn) return;
            this.rows = page.items;
            this.waiting = [];
            this.take(page);
            this.refusal = null;
        } catch (error) {
            if (turn !== this.turn) return;
            if (!(error instanceof Refusal)) throw error;
            if (!error.isLost || this.rows.length === 0) this.refusal = error;
        } finally {
            if (turn === this.turn) this.isLoading = false;
        }
    }

    private take(page: Page<Delivery>): void {
        this.next = page.next;
        this.hasMore = page.next !== null;
    }

    /** The next page further back. A page may be short or empty and still have a next one. */
    async more(): Promise<void> {
        if (this.isPaging || this.next === null || this.rows.length >= rowsMax) return;
        this.isPaging = true;
        const turn = this.turn;
        try {
            const page = await this.page(this.next);
            if (turn !== this.turn) return;
            this.rows = merged(this.rows, page.items).slice(0, rowsMax);
            this.take(page);
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
        } finally {
            this.isPaging = false;
        }
    }

    /** What happened: rows that are here change in place; for others the head of the list is asked for, at most twice a second. */
    happened(happenings: Happening[]): void {
        const changes = new Map<string, Happening>();
        let isNew = false;
        const known = new Set([...this.rows, ...this.waiting].map(({ id }) => id));
        for (const happening of happenings) {
            if (happening.kind === 'event.accepted') {
                if ((happening.deliveries ?? 0) > 0 && (!this.filters.event || this.filters.event === happening.event)) isNew = true;
            } else if (happening.id) {
                if (known.has(happening.id)) changes.set(happening.id, happening);
                else if (fits(this.filters, happening)) isNew = true;
            }
        }
        if (changes.size > 0) {
            const apply = (row: Delivery) => {
                const happening = changes.get(row.id);
                return happening ? changed(row, happening) : row;
            };
            // A row that no longer fits stays until the list is asked for anew: it must not vanish under the pointer.
            this.rows = this.rows.map(apply);
            this.waiting = this.waiting.map(apply);
        }
        if (isNew && !this.filters.until) this.wantHead();
    }

    private wantHead(): void {
        this.isHeadWanted = true;
        if (this.headTimer !== undefined || this.isHeadUnderWay) return;
        this.headTimer = setTimeout(() => {
            this.headTimer = undefined;
            void this.readHead();
        }, 40);
    }

    private async readHead(): Promise<void> {
        this.isHeadUnderWay = true;
        this.isHeadWanted = false;
        const turn = this.turn;
        try {
            const page = await this.page(null);
            if (turn === this.turn) this.putHead(page);
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
        }
        setTimeout(() => {
            this.isHeadUnderWay = false;
            if (this.isHeadWanted) void this.readHead();
        }, 400);
    }

    private putHead(page: Page<Delivery>): void {
        const here = new Set(this.rows.map(({ id }) => id));
        const touches = this.rows.length === 0 || page.items.some(({ id }) => here.has(id)) || page.next === null;
        if (this.isAtTop) {
            if (touches) {
                this.rows = merged(page.items, this.rows).slice(0, rowsMax);
            } else {
                // So much came in that there is a hole between: begin again at the top.
                this.rows = page.items;
                this.take(page);
            }
            this.waiting = [];
        } else {
            const fresh = page.items.filter(({ id }) => !here.has(id));
            this.waiting = merged(fresh, this.waiting).slice(0, 1000);
            const updates = new Map(page.items.map((row) => [row.id, row]));
            this.rows = this.rows.map((row) => updates.get(row.id) ?? row);
        }
    }

    /** The reader is at the top, or wants to be: what waits comes in. */
    showWaiting(): void {
        this.isAtTop = true;
        if (this.waiting.length === 0) return;
        if (this.waiting.length >= 1000) {
            void this.load();
            return;
        }
        this.rows = merged(this.waiting, this.rows).slice(0, rowsMax);
        this.waiting = [];
    }

    stop(): void {
        this.turn += 1;
        clearTimeout(this.headTimer);
    }
}

/** Both lists newest first, the first one's rows where an id is in both. Ids grow with time. */
export function merged(fresh: readonly Delivery[], rows: readonly Delivery[]): Delivery[] {
    const seen = new Set<string>();
    const all: Delivery[] = [];
    for (const row of [...fresh, ...rows]) {
        if (seen.has(row.id)) continue;
        seen.add(row.id);
        all.push(row);
    }
    return all.sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** A row after something happened to it. */
export function changed(row: Delivery, happening: Happening): Delivery {
    return {
        ...row,
        state: (happening.state as Delivery['state']) ?? row.state,
        reason: happening.reason ?? row.reason,
        attemptCount: Math.max(row.attemptCount, happening.attempt ?? 0),
        lastStatus: happening.status ?? null,
        lastFailure: happening.failure ?? null,
        lastDuration: happening.duration ?? null,
        endedAt: happening.at,
        nextAttemptAt: happening.nextAttemptAt ?? null,
    };
}
