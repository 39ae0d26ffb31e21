/** Set by vite.config.ts: whether the API has GET /api/v1/receivers. */
declare const __HAS_RECEIVERS__: boolean;
