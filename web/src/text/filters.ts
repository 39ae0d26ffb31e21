// Filters of the list of deliveries <-> the address <-> the API.

export interface Filters {
    addon: string;
    event: string;
    state: string;
    since: string; // "15m", "1h", "24h", "7d", or RFC 3339.
    until: string;
}

export const spans = ['15m', '1h', '24h', '7d'] as const;

export function filtersOf(query: URLSearchParams): Filters {
    const of = (name: string) => query.get(name) ?? '';
    return { addon: of('addon'), event: of('event'), state: of('state'), since: of('since'), until: of('until') };
}

/** For the API, which wants moments. */
export function apiQuery(filters: Filters, now: number): Record<string, string> {
    const query: Record<string, string> = {};
    for (const name of ['addon', 'event', 'state'] as const) if (filters[name]) query[name] = filters[name];
    const since = momentOf(filters.since, now);
    const until = momentOf(filters.until, now);
    if (since) query['since'] = since;
    if (until) query['until'] = until;
    return query;
}

function momentOf(text: string, now: number): string | null {
    const span = /^(\d+)([mhd])$/.exec(text);
    if (span) return new Date(now - Number(span[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[span[2] as 'm' | 'h' | 'd']).toISOString();
    const at = Date.parse(text);
    return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Whether a delivery fits; for rows that come in live. */
export function fits(filters: Filters, delivery: { addon?: string | null; event?: string; state?: string }): boolean {
    return (
        (!filters.addon || filters.addon === delivery.addon) &&
        (!filters.event || filters.event === delivery.event) &&
        (!filters.state || filters.state === delivery.state) &&
        !filters.until
    );
}
