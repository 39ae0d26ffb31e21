// A server with add-ons that do well, fail and are gone, and events for them.
import { AddOn } from '../kit/addon.mjs';
import { at_end, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';

export const types = ['jira:issue_created', 'jira:issue_updated', 'comment_created', 'jira:issue_deleted', 'worklog_updated', 'sprint_started'];
const webhooks = types.map((event) => ({ event, url: `/hook/${event}` }));

export async function sample_server(program, options = {}) {
    const server = await Server.start(program, options);
    at_end(() => server.stop());
    return server;
}

export async function add_on(server, { key, name, answer, install = true, more = {} }) {
    const addon = await new AddOn({ key, webhooks, answer, more: { name: name ?? key, ...more } }).listen();
    if (install) await server.install({ descriptorUrl: addon.descriptor_url });
    return addon;
}

const is_hook = (call) => call.path.startsWith('/hook/');

/** Three add-ons: one that answers 204, one that answers 503, one that answers 404. */
export async function three_add_ons(server) {
    return {
        good: await add_on(server, { key: 'good-addon', name: 'Release notes', answer: () => ({ status: 204 }) }),
        failing: await add_on(server, { key: 'failing-addon', name: 'Time tracker', answer: (call) => (is_hook(call) ? { status: 503, body: '{"error":"database is down","retry":true}', headers: { 'Content-Type': 'application/json' } } : { status: 204 }) }),
        gone: await add_on(server, { key: 'wrong-addon', name: 'Chat bridge', answer: (call) => (is_hook(call) ? { status: 404, body: 'no such route' } : { status: 204 }) }),
    };
}

/** Sends the catalogue's sample of a type. */
export async function send_sample(server, type, changes = {}) {
    const { json } = await server.get(`/api/v1/event-types/${encodeURIComponent(type)}?product=jira`);
    const payload = { ...json.sample, ...changes };
    return server.send(type, payload, { context: json.context, ...(json.user ? { user: json.user } : {}) });
}

/** A delivery in the state given, of the add-on given. */
export async function delivery_in(server, state, addon) {
    return until(`a delivery to ${addon} that is ${state}`, async () => {
        const { json } = await server.get(`/api/v1/tenants/jira/deliveries?state=${state}&addon=${addon}&limit=20`);
        return json.items.find(({ event }) => types.includes(event));
    });
}
