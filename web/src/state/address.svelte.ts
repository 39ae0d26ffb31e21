// The address is the state of the page: which view, which thing is open, which filters. Everything can be sent as a link.

import { hrefOf, parsePlace } from './place';

export { hrefOf, type View } from './place';

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
