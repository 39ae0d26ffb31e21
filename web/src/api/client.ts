// Speaks to Posthorn's HTTP API: JSON in and out, refusals as Problem.
import type { components } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** A refusal of the server (RFC 9457), or status 0: no answer came. */
export class Refusal extends Error {
    readonly status: number;
    readonly problem: Problem;

    constructor(problem: Problem) {
        super(problem.detail);
        this.status = problem.status;
        this.problem = problem;
    }

    get isLost(): boolean {
        return this.status === 0;
    }
    /** The last part of the type: "unknown-event-type". */
    get kind(): string {
        return this.problem.type.slice(this.problem.type.lastIndexOf('/') + 1);
    }
}

type Query = Record<string, string | number | boolean | null | undefined>;

export interface Ask {
    query?: Query;
    body?: unknown;
    signal?: AbortSignal;
}

/** Called with each refusal of a kind that concerns the whole page: 401 and no answer. */
type Watcher = (refusal: Refusal | null) => void;
let watcher: Watcher = () => {};
export function watchAnswers(tell: Watcher): void {
    watcher = tell;
}

export function withQuery(path: string, query: Query = {}): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
        if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value));
    const text = parameters.toString();
    return text ? `${path}?${text}` : path;
}

async function problemOf(response: Response): Promise<Problem> {
    const fallback: Problem = {
        type: `/problems/status-${response.status}`,
        title: response.statusText || `Status ${response.status}`,
        status: response.status,
        detail: `The server answered ${response.status}.`,
    };
    if (!response.headers.get('Content-Type')?.includes('json')) return fallback;
    try {
        return { ...fallback, ...((await response.json()) as Partial<Problem>) };
    } catch {
        return fallback;
    }
}

/** What public/early.js asked for before this script was there. */
let early = (globalThis as { posthornEarly?: Record<string, Promise<Response>> }).posthornEarly ?? {};

/** Each of them once, and none after a refusal or a change: who signs in now sees something else. */
function takeEarly(method: string, url: string): Promise<Response> | undefined {
    if (method !== 'GET') early = {};
    const answer = early[url];
    delete early[url];
    return answer;
}

async function ask(method: string, path: string, { query, body, signal }: Ask = {}): Promise<Response> {
    const init: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
    if (signal) init.signal = signal;
    if (body !== undefined) {
        init.headers = { 'Content-Type': 'application/json' };
        init.body = typeof body === 'string' ? body : JSON.stringify(body);
    }
    let response: Response;
    try {
        const url = withQuery(path, query);
        response = await (takeEarly(method, url) ?? fetch(url, init));
    } catch (error) {
        if (signal?.aborted) throw error;
        const lost = new Refusal({
            type: '/problems/no-answer',
            title: 'No answer',
            status: 0,
            detail: 'The server does not answer. It may be starting again; this page keeps asking.',
        });
        watcher(lost);
        throw lost;
    }
    if (!response.ok) {
        early = {};
        const refusal = new Refusal(await problemOf(response));
        watcher(refusal);
        throw refusal;
    }
    watcher(null);
    return response;
}

async function json<T>(response: Response): Promise<T> {
    return (response.status === 204 ? undefined : await response.json()) as T;
}

export const api = {
    get: async <T>(path: string, options?: Ask): Promise<T> => json<T>(await ask('GET', path, options)),
    post: async <T>(path: string, body?: unknown, options?: Ask): Promise<T> =>
        json<T>(await ask('POST', path, { ...options, body })),
    patch: async <T>(path: string, body?: unknown): Promise<T> => json<T>(await ask('PATCH', path, { body })),
    delete: async <T = void>(path: string): Promise<T> => json<T>(await ask('DELETE', path)),
};

export interface Page<T> {
    items: T[];
    next: string | null;
}

/** The path of something of a tenant, with each segment escaped. */
export function tenantPath(tenant: string, ...segments: string[]): string {
    return ['/api/v1/tenants', tenant, ...segments].map((part, i) => (i === 0 ? part : encodeURIComponent(part))).join('/');
}
