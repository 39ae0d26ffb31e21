// What became of a delivery, in a sentence or two, and what can be done.
import type { Schemas } from '../api/client';
import { relativeText } from './time';

type Delivery = Schemas['Delivery'];

const failures: Record<Schemas['Failure'], string> = {
    unresolved: 'the name of the receiver was not found',
    address_forbidden: 'the receiver has an address that this server may not call',
    refused: 'the receiver refused the connection',
    connect_timeout: 'no connection came about in time',
    answer_timeout: 'the receiver did not answer in time',
    tls: 'the TLS connection failed',
    broken: 'the connection broke before the answer was whole',
    unsafe_url: 'a value would have changed the path of the URL',
};

/** "the receiver answered 503", or why no answer came. */
export function causeText(status: number | null, failure: Schemas['Failure'] | null): string {
    if (failure) return failures[failure] ?? `it failed (${failure})`;
    if (status) return `the receiver answered ${status}`;
    return 'nothing is known of the last try';
}

const tries = (count: number) => (count === 1 ? '1 try' : `${count} tries`);

export interface Sentence {
    what: string;
    next: string;
}

/** `paused`: the add-on or webhook is paused. */
export function deliverySentence(delivery: Delivery, now: number, paused = false): Sentence {
    const cause = causeText(delivery.lastStatus, delivery.lastFailure);
    const count = delivery.attemptCount;
    switch (delivery.state) {
        case 'delivered':
            return {
                what: `Delivered${count > 1 ? ` at the ${ordinal(count)} try` : ''}: the receiver answered ${delivery.lastStatus ?? '2xx'}.`,
                next: '',
            };
        case 'pending':
            return paused
                ? { what: 'Waiting: the add-on is paused.', next: 'It goes out once the add-on is resumed.' }
                : { what: 'Waiting for its first try.', next: 'If it stays so, the receiver is busy or its breaker is open.' };
        case 'retrying': {
            const at = delivery.nextAttemptAt ? Date.parse(delivery.nextAttemptAt) : now;
            const isHeld = now - at > 5000;
            const when = at <= now ? 'any moment now' : relativeText(at, now);
            return {
                what: `${tries(count)} failed: ${cause}.`,
                next: paused
                    ? 'The add-on is paused: it goes on once resumed.'
                    : isHeld
                      ? 'The next try is due, and waits for the receiver: it is busy, or left alone because it fails.'
                      : `Next try ${when}.`,
            };
        }
        case 'cancelled':
            return { what: `Cancelled${count > 0 ? ` after ${tries(count)}` : ' before its first try'}.`, next: 'Replay it to deliver it anew.' };
        case 'dead':
            return dead(delivery, cause);
    }
}

function dead(delivery: Delivery, cause: string): Sentence {
    const after = `Dead after ${tries(delivery.attemptCount)}: ${cause}.`;
    switch (delivery.reason) {
        case 'unsafe_url':
            return { what: 'Dead: a value of the event made a dot segment in the URL, so nothing was sent.', next: 'Change the webhook’s URL template, then replay it.' };
        case 'gone':
            return { what: `${after} That means gone, so the webhook was paused.`, next: 'Resume the add-on if it still wants to hear, then replay it.' };
        case 'status':
            return { what: after, next: 'Such an answer is never tried again. Mend the receiver, then replay it.' };
        case 'deadline':
            return { what: `${after} Its time was over.`, next: 'Replay it, or see why the receiver fails.' };
        default:
            return { what: after, next: 'Replay it, or see why the receiver fails.' };
    }
}

export function ordinal(value: number): string {
    const tens = value % 100;
    const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
    return `${value}${suffix}`;
}
