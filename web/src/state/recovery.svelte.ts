// The recovery that was begun in this window: followed also while its dialog is closed, and over a reload.
import { api, Refusal, tenantPath, type Schemas } from '../api/client';
import { counted } from '../text/numbers';
import { notices } from './notices.svelte';

const every = 300;
const kept = 'posthorn-operation';

class Recovery {
    operation = $state.raw<Schemas['Operation'] | null>(null);
    /** Why following it ended before it did: the server was started anew, or the key lost its right. */
    refusal = $state.raw<Refusal | null>(null);
    /** Whether a dialog shows it; else a notice says how it ended. */
    isShown = false;
    private timer: ReturnType<typeof setTimeout> | undefined;

    constructor() {
        const id = sessionStorage.getItem(kept);
        if (id) void this.follow(id);
    }

    get isRunning(): boolean {
        return this.operation?.state === 'running';
    }
    /** 0 to 1. */
    get share(): number {
        const { done = 0, total = 0 } = this.operation ?? {};
        if (total > 0) return Math.min(1, done / total);
        return this.isRunning ? 0 : 1;
    }

    /** Throws Refusal. */
    async start(tenant: string, body: object, total: number): Promise<void> {
        const made = await api.post<{ operation: string }>(tenantPath(tenant, 'deliveries', 'recover'), body);
        this.operation = { id: made.operation, state: 'running', done: 0, total };
        this.refusal = null;
        sessionStorage.setItem(kept, made.operation);
        void this.follow(made.operation);
    }

    /** Throws Refusal. What was made stays. */
    async stop(): Promise<void> {
        if (this.operation) this.take(await api.delete<Schemas['Operation']>(`/api/v1/operations/${encodeURIComponent(this.operation.id)}`));
    }

    /** Shows the one that has ended no more. */
    forget(): void {
        if (this.isRunning && !this.refusal) return;
        clearTimeout(this.timer);
        this.operation = null;
        this.refusal = null;
        sessionStorage.removeItem(kept);
    }

    private async follow(id: string): Promise<void> {
        try {
            this.take(await api.get<Schemas['Operation']>(`/api/v1/operations/${encodeURIComponent(id)}`));
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            if (!error.isLost) {
                sessionStorage.removeItem(kept);
                if (this.operation?.id === id) this.refusal = error;
                return;
            }
        }
        // A lost server is asked on, until it says that it does not know it any more.
        if (this.operation === null || (this.operation.id === id && this.isRunning)) this.timer = setTimeout(() => void this.follow(id), every);
    }

    private take(operation: Schemas['Operation']): void {
        if (this.operation && this.operation.id !== operation.id) return;
        const hasEnded = operation.state !== 'running' && (this.operation === null || this.isRunning);
        this.operation = operation;
        if (!hasEnded) return;
        clearTimeout(this.timer);
        sessionStorage.removeItem(kept);
        if (!this.isShown) notices.say(`The recovery has ${operation.state === 'done' ? 'ended' : operation.state}: ${counted(operation.done, 'delivery', 'deliveries')} made anew.`, operation.state === 'failed' ? { kind: 'refused' } : {});
    }
}

export const recovery = new Recovery();
