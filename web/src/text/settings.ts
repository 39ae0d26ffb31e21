// The settings of an add-on as a form's texts, and the change between the two as the API takes it (RFC 7396).
import type { Schemas } from '../api/client';

export interface SettingsTexts {
    retryKind: '' | 'connect' | 'jira' | 'own';
    waits: string;
    connect: string;
    answer: string;
    concurrency: string;
    rate: string;
    ordering: string;
    installSigning: 'auto' | 'asymmetric' | 'legacy';
    standardWebhooks: boolean;
    ca: string;
    removed: string[]; // Headers to take away.
}

export function textsOf(settings: Schemas['Settings']): SettingsTexts {
    const retry = settings.retry;
    return {
        retryKind: retry === null ? '' : typeof retry === 'string' ? retry : 'own',
        waits: retry && typeof retry === 'object' ? retry.waits.join(' ') : '',
        connect: settings.timeouts.connect ?? '',
        answer: settings.timeouts.answer ?? '',
        concurrency: settings.concurrency === null ? '' : String(settings.concurrency),
        rate: settings.rate ?? '',
        ordering: settings.ordering === 'none' ? '' : settings.ordering,
        installSigning: settings.installSigning,
        standardWebhooks: settings.standardWebhooks,
        ca: settings.ca ?? '',
        removed: [],
    };
}

type Patch = Record<string, unknown>;

/** Only what differs; an empty text goes back to the default. */
export function settingsPatch(before: Schemas['Settings'], texts: SettingsTexts, headerName = '', headerValue = ''): Patch {
    const was = textsOf(before);
    const patch: Patch = {};
    const orNull = (text: string) => text.trim() || null;
    if (texts.retryKind !== was.retryKind || (texts.retryKind === 'own' && texts.waits.trim() !== was.waits.trim()))
        patch['retry'] =
            texts.retryKind === '' ? null : texts.retryKind === 'own' ? { waits: texts.waits.split(/[\s,]+/).filter(Boolean) } : texts.retryKind;
    const timeouts: Patch = {};
    for (const name of ['connect', 'answer'] as const) if (texts[name].trim() !== was[name]) timeouts[name] = orNull(texts[name]);
    if (Object.keys(timeouts).length > 0) patch['timeouts'] = timeouts;
    if (texts.concurrency.trim() !== was.concurrency) {
        const number = Number(texts.concurrency);
        patch['concurrency'] = texts.concurrency.trim() === '' ? null : Number.isInteger(number) ? number : texts.concurrency;
    }
    for (const name of ['rate', 'ordering', 'ca'] as const) if (texts[name].trim() !== was[name].trim()) patch[name] = orNull(texts[name]);
    if (texts.installSigning !== was.installSigning) patch['installSigning'] = texts.installSigning;
    if (texts.standardWebhooks !== was.standardWebhooks) patch['standardWebhooks'] = texts.standardWebhooks;
    const headers: Patch = {};
    for (const name of texts.removed) headers[name] = null;
    if (headerName) headers[headerName] = headerValue;
    if (Object.keys(headers).length > 0) patch['headers'] = headers;
    return patch;
}
