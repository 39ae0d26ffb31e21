// Addresses of the page, without the browser: which view, which thing, which filters.

/** The page's own addresses; src/page/page_answer.cpp has the same list. */
export const views = ['', 'deliveries', 'events', 'addons', 'inspect', 'tenants', 'keys', 'system'] as const;
export type View = (typeof views)[number];

export interface Place {
    view: View | null; // Null: nobody has this address.
    id: string | null; // The open thing.
    query: URLSearchParams;
}

export function parsePlace(path: string, search: string): Place {
    const segments = path.split('/').filter(Boolean).map(decoded);
    const view = views.find((name) => name === (segments[0] ?? '')) ?? null;
    return { view: segments.length > 2 ? null : view, id: segments[1] ?? null, query: new URLSearchParams(search) };
}

function decoded(segment: string): string {
    try {
        return decodeURIComponent(segment);
    } catch {
        return segment;
    }
}

/** "/deliveries/dlv_1?state=dead"; parameters that are empty are left out. */
export function hrefOf(view: View, id: string | null = null, query: Record<string, string | null | undefined> = {}): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
    const search = parameters.toString();
    return `/${view}${id ? `/${encodeURIComponent(id)}` : ''}${search ? `?${search}` : ''}`;
}
