// Light or dark: as the system says, or as chosen here. public/early.js applies a choice before the first paint.

type Choice = 'system' | 'light' | 'dark';
const name = 'posthorn-theme';

class Theme {
    choice = $state<Choice>('system');
    /** Grows with each change, for what is drawn on a canvas. */
    changes = $state(0);

    constructor() {
        const set = document.documentElement.dataset['theme'];
        if (set === 'light' || set === 'dark') this.choice = set;
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
            this.changes += 1;
        });
    }

    choose(choice: Choice): void {
        this.choice = choice;
        if (choice === 'system') delete document.documentElement.dataset['theme'];
        else document.documentElement.dataset['theme'] = choice;
        try {
            if (choice === 'system') localStorage.removeItem(name);
            else localStorage.setItem(name, choice);
        } catch {
            // Without storage the choice holds for this visit.
        }
        this.changes += 1;
    }

    next(): void {
        this.choose(this.choice === 'system' ? 'dark' : this.choice === 'dark' ? 'light' : 'system');
    }
}

export const theme = new Theme();
