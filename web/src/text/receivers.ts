// Receivers with their add-on's health and breaker, worst first, and what a breaker does in words.
import type { Schemas } from '../api/client';
import { spanText } from './time';

type Receiver = Schemas['Receiver'];

export interface ReceiverRow {
    receiver: string;
    /** Of the tenant looked at; null: whoever is there is of another one, or uninstalled. */
    addon: string | null;
    name: string;
    health: Schemas['AddOnHealth'] | null;
    breaker: Receiver | null;
}

/** The receiver that a URL belongs to: its origin. */
export function receiverOf(url: string): string {
    try {
        return new URL(url).origin;
    } catch {
        return url;
    }
}

export const isHeld = (breaker: Receiver | null): breaker is Receiver => breaker !== null && breaker.state !== 'closed';

/** First those that are held back, then by the share that failed, then by what waits. */
export function worstFirst(addons: readonly Schemas['AddOn'][], health: readonly Schemas['AddOnHealth'][], breakers: readonly Receiver[]): ReceiverRow[] {
    const failed = ({ health: one }: ReceiverRow) => (one && one.delivered + one.retried + one.dead > 0 ? (one.retried + one.dead) / (one.delivered + one.retried + one.dead) : 0);
    const byName = new Map(breakers.map((breaker) => [breaker.receiver, breaker]));
    const rows: ReceiverRow[] = addons
        .filter(({ state }) => state === 'enabled')
        .map((addon) => {
            const receiver = receiverOf(addon.baseUrl);
            return {
                receiver, addon: addon.key, name: addon.name || addon.key,
                health: health.find((one) => one.addon === addon.key) ?? null,
                breaker: byName.get(receiver) ?? null,
            };
        });
    const shown = new Set(rows.map(({ receiver }) => receiver));
    for (const breaker of breakers.filter((one) => isHeld(one) && !shown.has(one.receiver))) {
        const [first] = breaker.addons;
        rows.push({ receiver: breaker.receiver, addon: null, name: first ? `${first.addon} of ${first.tenant}` : 'no add-on', health: null, breaker });
    }
    return rows.sort((a, b) => Number(isHeld(b.breaker)) - Number(isHeld(a.breaker)) || failed(b) - failed(a) || (b.health?.waiting ?? 0) - (a.health?.waiting ?? 0) || a.name.localeCompare(b.name));
}

const words: Record<Receiver['state'], string> = { closed: 'called', open: 'left alone', half_open: 'being probed', paused: 'paused' };

/** "left alone, probe in 12 s". */
export function breakerText(breaker: Receiver | null, now: number): string {
    if (!breaker) return words.closed;
    const probe = breaker.state === 'open' && breaker.nextProbeAt ? Date.parse(breaker.nextProbeAt) - now : null;
    return `${words[breaker.state]}${probe === null ? '' : `, probe ${probe > 0 ? `in ${spanText(probe)}` : 'now'}`}`;
}
