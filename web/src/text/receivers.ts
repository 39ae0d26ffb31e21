// Receivers with their add-on's health and breaker, worst first.
import type { Schemas } from '../api/client';

/** An item of GET /api/v1/receivers. */
export interface Breaker {
    receiver: string;
    state: 'closed' | 'open' | 'half_open' | 'paused';
    reason: string | null;
    nextProbeAt: string | null;
    failureShare: number;
}

export interface ReceiverRow {
    receiver: string;
    addon: string;
    name: string;
    health: Schemas['AddOnHealth'] | null;
    breaker: Breaker | null;
}

export function originOf(baseUrl: string): string {
    try {
        return new URL(baseUrl).origin;
    } catch {
        return baseUrl;
    }
}

/** First those whose breaker is not closed, then by the share that failed, then by what waits. */
export function worstFirst(addons: readonly Schemas['AddOn'][], health: readonly Schemas['AddOnHealth'][], breakers: readonly Breaker[]): ReceiverRow[] {
    const failed = ({ health: one }: ReceiverRow) => (one && one.delivered + one.retried + one.dead > 0 ? (one.retried + one.dead) / (one.delivered + one.retried + one.dead) : 0);
    const isOpen = ({ breaker }: ReceiverRow) => (breaker !== null && breaker.state !== 'closed' ? 1 : 0);
    return addons
        .filter(({ state }) => state === 'enabled')
        .map((addon) => {
            const receiver = originOf(addon.baseUrl);
            return {
                receiver, addon: addon.key, name: addon.name || addon.key,
                health: health.find((one) => one.addon === addon.key) ?? null,
                breaker: breakers.find((one) => one.receiver === receiver || originOf(one.receiver) === receiver) ?? null,
            };
        })
        .sort((a, b) => isOpen(b) - isOpen(a) || failed(b) - failed(a) || (b.health?.waiting ?? 0) - (a.health?.waiting ?? 0) || a.name.localeCompare(b.name));
}
