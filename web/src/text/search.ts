// What the words in the search box can mean: places to go to, the likeliest first.
import { hrefOf } from '../state/place';

export interface FoundPlace {
    kind: string;
    name: string;
    href: string;
}

export interface Searched {
    addons: { key: string; name: string }[];
    types: string[];
    tenant: string | null;
    now: number;
}

const states = ['pending', 'retrying', 'delivered', 'dead', 'cancelled'];

export function searchPlaces(words: string, { addons, types, tenant, now }: Searched, max = 9): FoundPlace[] {
    const wanted = words.trim().toLowerCase();
    const places: FoundPlace[] = [];
    if (/^dlv_[0-9a-z]+$/.test(wanted)) places.push({ kind: 'Delivery', name: wanted, href: hrefOf('deliveries', wanted, { tenant }) });
    if (/^evt_[0-9a-z]+$/.test(wanted)) places.push({ kind: 'Event', name: wanted, href: hrefOf('events', wanted, { tenant }) });
    const minute = minuteOf(wanted, now);
    if (minute !== null)
        places.push({
            kind: 'Time',
            name: `Deliveries of ${wanted}`,
            href: hrefOf('deliveries', null, { since: new Date(minute).toISOString(), until: new Date(minute + 60_000).toISOString(), tenant }),
        });
    for (const state of states)
        if (state.startsWith(wanted)) places.push({ kind: 'State', name: `Deliveries that are ${state}`, href: hrefOf('deliveries', null, { state, tenant }) });
    const best = <T>(list: T[], text: (item: T) => string) =>
        list
            .map((item) => ({ item, at: text(item).toLowerCase().indexOf(wanted) }))
            .filter(({ at }) => at >= 0)
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item);
    for (const addon of best(addons, ({ key, name }) => `${key} ${name}`).slice(0, 4)) {
        places.push({ kind: 'Add-on', name: addon.name || addon.key, href: hrefOf('addons', addon.key, { tenant }) });
        places.push({ kind: 'Deliveries', name: `to ${addon.name || addon.key}`, href: hrefOf('deliveries', null, { addon: addon.key, tenant }) });
    }
    for (const type of best(types, (name) => name)) places.push({ kind: 'Type', name: type, href: hrefOf('deliveries', null, { event: type, tenant }) });
    return places.slice(0, max);
}

/** "14:03" as the last such minute, local. */
export function minuteOf(text: string, now: number): number | null {
    const match = /^(\d{1,2}):(\d{2})$/.exec(text);
    if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return null;
    const date = new Date(now);
    date.setHours(Number(match[1]), Number(match[2]), 0, 0);
    return date.getTime() > now ? date.getTime() - 86_400_000 : date.getTime();
}
