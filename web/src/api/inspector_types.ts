// What the inspector's routes answer, by the names of the OpenAPI document.
import type { Schemas } from './client';

export type Inspector = Schemas['Inspector'];
export type MadeInspector = Schemas['MadeInspector'];
export type CallSummary = Schemas['CallSummary'];
export type Call = Schemas['Call'];
export type ReplayAnswer = Schemas['CallReplay'];
