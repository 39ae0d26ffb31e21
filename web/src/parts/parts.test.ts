// @vitest-environment jsdom
import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import ClippedText from './ClippedText.svelte';
import JsonTree from './JsonTree.svelte';
import Tabs from './Tabs.svelte';
import TokenView from './TokenView.svelte';

// What jsdom lacks; nothing is measured there.
class NoObserver {
    observe() {}
    unobserve() {}
    disconnect() {}
}
vi.stubGlobal('ResizeObserver', NoObserver);

test('arrows move between tabs, and one alone takes the focus', async () => {
    const choose = vi.fn();
    render(Tabs, { tabs: ['Request', 'Response', 'Token'], chosen: 'Request', label: 'Parts', choose });
    const tabs = screen.getAllByRole('tab');
    expect(tabs.map((tab) => tab.tabIndex)).toEqual([0, -1, -1]);
    tabs[0]?.focus();
    await userEvent.keyboard('{ArrowLeft}');
    expect(choose).toHaveBeenCalledWith('Token');
});
test('a long text is clipped until asked for', async () => {
    render(ClippedText, { text: 'x'.repeat(5000), max: 100 });
    expect(document.body.textContent?.length).toBeLessThan(200);
    await userEvent.click(screen.getByRole('button', { name: /show all/ }));
    expect(document.body.textContent).toContain('x'.repeat(5000));
});
test('script in a body is text', () => {
    const { container } = render(JsonTree, { text: JSON.stringify({ '<img src=x onerror=alert(1)>': '<script>alert(2)</script>' }) });
    expect(container.querySelector('img, script')).toBeNull();
    expect(container.textContent).toContain('<script>alert(2)</script>');
});
test('a body that is no JSON says where, and shows the text', () => {
    const { container } = render(JsonTree, { text: '{"a": oops}' });
    expect(container.textContent).toContain('No JSON');
    expect(container.textContent).toContain('oops');
});
test('a wrong token shows which part of the canonical request differs', () => {
    const { container } = render(TokenView, {
        token: {
            header: { alg: 'HS256' }, claims: { iss: 'x' }, canonicalRequest: 'POST&/hook&a=1', tokenCanonicalRequest: 'POST&/hook&a=2',
            checks: [{ name: 'qsh', ok: false, detail: 'the query differs' }],
        },
    });
    expect([...container.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['1', '2']);
    expect(container.textContent).toContain('the query differs');
});
