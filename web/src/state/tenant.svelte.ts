// Which tenant is looked at: the address says so, else the first one.
import type { Schemas } from '../api/client';
import { address } from './address.svelte';
import { session } from './session.svelte';

export const tenant = {
    get key(): string {
        const named = address.get('tenant');
        return named || session.who?.tenant || session.tenants[0]?.key || 'jira';
    },
    get current(): Schemas['Tenant'] | undefined {
        return session.tenants.find(({ key }) => key === tenant.key);
    },
    /** The parameter for links to another view of the same tenant. */
    get parameter(): string | null {
        return address.get('tenant') || null;
    },
};
