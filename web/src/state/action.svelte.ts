// Something that a person asks for: under way, done, or refused.
import { Refusal } from '../api/client';

export class Action {
    isBusy = $state(false);
    /** Of the last run; null while one is under way, and after one that went well. */
    refusal = $state<Refusal | null>(null);

    async run(what: () => Promise<unknown>): Promise<void> {
        this.isBusy = true;
        this.refusal = null;
        try {
            await what();
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            this.refusal = error;
        } finally {
            this.isBusy = false;
        }
    }
}
