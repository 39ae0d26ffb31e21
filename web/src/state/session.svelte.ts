// Who is looking, and what he may: asked at the start, and again when the server is back.
import { api, Refusal, watchAnswers, type Schemas } from '../api/client';

export type Who = Schemas['Session'];

class Session {
    state = $state<'asking' | 'in' | 'out'>('asking');
    who = $state<Who | null>(null);
    tenants = $state<Schemas['Tenant'][]>([]);
    /** Since when the server does not answer; null: it does. */
    lostAt = $state<number | null>(null);
    /** Whether the page was in use when the session ended. */
    hasExpired = $state(false);
    private retry: ReturnType<typeof setTimeout> | undefined;

    constructor() {
        watchAnswers((refusal) => {
            if (refusal === null) {
                this.lostAt = null;
            } else if (refusal.isLost) {
                this.lostAt ??= Date.now();
                this.askLater();
            } else {
                this.lostAt = null;
                if (refusal.status === 401 && this.state === 'in') {
                    this.hasExpired = true;
                    this.state = 'out';
                    this.who = null;
                }
            }
        });
    }

    /** A lost server is asked until it answers; views ask anew when lostAt becomes null. */
    private askLater(): void {
        if (this.retry !== undefined) return;
        this.retry = setTimeout(() => {
            this.retry = undefined;
            void this.start();
        }, 1000);
    }

    async start(): Promise<void> {
        try {
            await this.enter(await api.get<Who>('/api/v1/session'));
        } catch (error) {
            if (error instanceof Refusal && !error.isLost && this.state !== 'out') this.state = 'out';
        }
    }

    private async enter(who: Who): Promise<void> {
        if (who.role === 'publish') {
            this.tenants = [];
        } else {
            this.tenants = (await api.get<{ items: Schemas['Tenant'][] }>('/api/v1/tenants')).items;
        }
        this.who = who;
        this.hasExpired = false;
        this.state = 'in';
    }

    /** Throws Refusal when the key is none of this server's. */
    async signIn(key: string): Promise<void> {
        await this.enter(await api.post<Who>('/api/v1/session', { key }));
    }

    async signOut(): Promise<void> {
        await api.delete('/api/v1/session');
        this.who = null;
        this.tenants = [];
        this.state = 'out';
    }

    async reloadTenants(): Promise<void> {
        this.tenants = (await api.get<{ items: Schemas['Tenant'][] }>('/api/v1/tenants')).items;
    }

    /** Whether this key may change add-ons and deliveries. */
    get mayChange(): boolean {
        return this.who?.role === 'admin' || this.who?.role === 'tenant';
    }
    /** Whether it may install add-ons and change the tenant: not with a key for one add-on. */
    get mayInstall(): boolean {
        return this.mayChange && !this.who?.addon;
    }
    /** Whether it may see what is nobody's alone: receivers, system. */
    get maySeeServer(): boolean {
        return this.who?.role === 'admin' || (this.who?.role === 'read' && !this.who.tenant);
    }
    get isAdmin(): boolean {
        return this.who?.role === 'admin';
    }
}

export const session = new Session();
