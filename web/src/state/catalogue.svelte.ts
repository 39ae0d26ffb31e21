// Add-ons and event types of the tenant looked at, for search and filters; asked for when first needed.
import { api, tenantPath, type Schemas } from '../api/client';
import { tenant } from './tenant.svelte';

class Catalogue {
    addons = $state.raw<Schemas['AddOn'][]>([]);
    typeList = $state.raw<Schemas['EventTypeSummary'][]>([]);
    types = $derived(this.typeList.map(({ event }) => event));
    private key = '';

    /** Asks once a tenant; `again` asks in any case. A refusal leaves the lists empty: filters still take typed words. */
    async load({ again = false } = {}): Promise<void> {
        const key = tenant.key;
        if (this.key === key && !again) return;
        this.key = key;
        const [addons, types] = await Promise.allSettled([
            api.get<{ items: Schemas['AddOn'][] }>(tenantPath(key, 'addons')),
            api.get<{ items: Schemas['EventTypeSummary'][] }>(tenantPath(key, 'event-types')),
        ]);
        if (tenant.key !== key) return;
        this.addons = addons.status === 'fulfilled' ? addons.value.items : [];
        this.typeList = types.status === 'fulfilled' ? types.value.items : [];
        if (addons.status === 'rejected') this.key = '';
    }
}

export const catalogue = new Catalogue();
