// The address is the state of the page: which view, which thing is open, which filters. Everything can be sent as a link.

/** The page's own addresses; src/page/page_answer.cpp has the same list. */
export const views = ['', 'deliveries', 'events', 'addons', 'inspect', 'tenants', 'keys', 'system', 'dead', 'receivers'] as const;
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

class Address {
    href = $state(location.pathname + location.search);
    place = $derived.by(() => {
        const url = new URL(this.href, location.origin);
        return parsePlace(url.pathname, url.search);
    });

    constructor() {
        addEventListener('popstate', () => {
            this.href = location.pathname + location.search;
        });
    }

    go(href: string, { replace = false } = {}): void {
        if (href === this.href) return;
        if (replace) history.replaceState(null, '', href);
        else history.pushState(null, '', href);
        this.href = href;
    }

    get(name: string): string {
        return this.place.query.get(name) ?? '';
    }

    /** This address with some parameters and perhaps another thing open. */
    with(changes: Record<string, string | null>, id: string | null | undefined = undefined): string {
        const query: Record<string, string | null> = Object.fromEntries(this.place.query);
        return hrefOf(this.place.view ?? '', id === undefined ? this.place.id : id, { ...query, ...changes });
    }

    /** Links within the page change the address without loading it again. */
    follow = (event: MouseEvent): void => {
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        const link = (event.target as Element | null)?.closest?.('a');
        if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
        if (parsePlace(link.pathname, '').view === null) return;
        event.preventDefault();
        this.go(link.pathname + link.search);
    };
}

export const address = new Address();
