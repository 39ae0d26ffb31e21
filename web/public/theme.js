// Before the first paint, so that a theme chosen by hand never flashes the other one.
try {
    const theme = localStorage.getItem('posthorn-theme');
    if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {}
