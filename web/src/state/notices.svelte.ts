// Short words at the foot of the page about what was done or refused; they go by themselves.

export interface Notice {
    number: number;
    text: string;
    kind: 'done' | 'refused';
    href?: string;
    link?: string;
}

class Notices {
    list = $state<Notice[]>([]);
    private last = 0;

    say(text: string, options: { kind?: Notice['kind']; href?: string; link?: string } = {}): void {
        const number = ++this.last;
        this.list = [...this.list.slice(-2), { number, text, kind: 'done', ...options }];
        setTimeout(() => this.close(number), options.kind === 'refused' ? 9000 : 5000);
    }

    close(number: number): void {
        this.list = this.list.filter((notice) => notice.number !== number);
    }
}

export const notices = new Notices();
