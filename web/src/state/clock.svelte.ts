// The time of now for everything that says "12 s ago": one timer for the page, none while nobody looks.

class Clock {
    now = $state(Date.now());
    private timer: ReturnType<typeof setInterval> | undefined;

    constructor() {
        const look = () => {
            clearInterval(this.timer);
            if (document.hidden) return;
            this.now = Date.now();
            this.timer = setInterval(() => {
                this.now = Date.now();
            }, 1000);
        };
        document.addEventListener('visibilitychange', look);
        look();
    }
}

export const clock = new Clock();
