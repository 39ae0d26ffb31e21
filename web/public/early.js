// Before the first paint, so that a theme chosen by hand never flashes the other one.
try {
    const theme = localStorage.getItem('posthorn-theme');
    if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {}
// What the page asks first in any case is on its way while its script is still coming: src/api/client.ts takes it.
globalThis.posthornEarly = Object.fromEntries(
    ['/api/v1/session', '/api/v1/tenants'].map((path) => {
        const answer = fetch(path, { credentials: 'same-origin', cache: 'no-store' });
        answer.catch(() => {});
        return [path, answer];
    }),
);
