// What the inspector's routes answer.

export interface InspectorToken {
    present: boolean;
    ok: boolean;
    signer: string | null;
    wrong: string | null;
}

export interface CallSummary {
    n: number;
    at: string;
    kind: 'event' | 'lifecycle';
    name: string;
    method: string;
    target: string;
    answered: number;
    size: number;
    token: InspectorToken;
    retry: number | null;
    identifier: string | null;
}

export interface Call extends Omit<CallSummary, 'token'> {
    path: string;
    query: { name: string; value: string }[];
    headers: { name: string; value: string }[];
    token: InspectorToken & {
        algorithm: string | null;
        header: Record<string, unknown> | null;
        claims: Record<string, unknown> | null;
        checks: { name: string; ok: boolean; wrong: string | null }[];
        canonical: string | null;
        signedFor: string | null;
    };
    body: string;
    bodyEncoding: 'text' | 'base64';
    bodyCut: boolean;
}

export interface Inspector {
    id: string;
    tenant: string | null;
    addon: string;
    descriptorUrl: string;
    page: string;
    createdAt: string;
    expiresAt: string;
    calls: number;
    kept: number;
    dropped: number;
    installedIn: string[];
}

export interface MadeInspector {
    id: string;
    secret: string;
    page: string;
    descriptorUrl: string;
    expiresAt: string;
}

export interface ReplayAnswer {
    to: string;
    status: number | null;
    headers: { name: string; value: string }[];
    body: string;
    bodyEncoding: 'text' | 'base64';
    bodyCut: boolean;
    failure: string | null;
    detail: string | null;
    duration: string | null;
}
